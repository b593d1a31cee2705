"""jokebox tell: jokes on stdout, a word at a time."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from jokebox.cli.options import json_option, model_option

if TYPE_CHECKING:
    from jokebox.conversation import Conversation, Turn, Word

EXAMPLES = """\b
Examples:
  jokebox tell "Why did the cow"
  jokebox tell -n 5 --seed 1
  printf 'Knock knock.\\nLettuce.\\n' | jokebox tell -
"""


@click.command("tell", epilog=EXAMPLES)
@click.argument("prompt", default="")
@model_option("Who tells; the last used model, where not given.")
@click.option("-n", "number", type=click.IntRange(1), default=1, help="So many jokes.")
@click.option("--words", type=click.IntRange(1, 10_000), help="At most so many words each.")
@click.option("--temperature", type=click.FloatRange(0, 10), help="0 is dull, 2 is wild.")
@click.option("--top-k", type=click.IntRange(0), help="Only from the K likeliest words; 0: all.")
@click.option(
    "--top-p", type=click.FloatRange(0, 1, min_open=True), help="Only words that hold P together."
)
@click.option(
    "--min-p", type=click.FloatRange(0, 1), help="Only words P times as likely as the likeliest."
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="The same seed, the same words.")
@click.option("--invented-words", is_flag=True, default=None, help="May spell words of its own.")
@click.option(
    "--pace", type=click.FloatRange(0, 1000), default=0, help="Words a second; 0: at once."
)
@json_option
def command(
    prompt: str,
    model: str | None,
    number: int,
    words: int | None,
    seed: int | None,
    invented_words: bool | None,
    pace: float,
    as_json: bool,
    **sampling: Any,
) -> None:
    """Finish PROMPT as a joke; without one, tell any. With -, answer stdin line by line.

    What is not given here comes from the settings.
    """
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a closed pipe ends it, quietly
    talk, how = _prepare(model, words, invented_words, sampling)
    first = secrets.randbelow(2**32 - number) if seed is None else seed
    for i, line in enumerate(_prompts(prompt, number)):
        if prompt != "-":
            talk.new_chat()
        words_told = talk.say(line, **how, seed=(first + i) % 2**32)
        if as_json:
            list(words_told)
            click.echo(json.dumps(to_json(talk.turns[-1]), ensure_ascii=False))
        else:
            _tell(line, words_told, pace)
        skipped = talk.turns[-1].skipped
        if skipped:
            click.echo(f"jokebox: it does not know {', '.join(skipped)}", err=True)


def _prepare(
    model: str | None, words: int | None, invented_words: bool | None, sampling: dict[str, Any]
) -> tuple[Conversation, dict[str, Any]]:
    """A fresh talk with the chosen model, and how it speaks."""
    from dataclasses import replace

    from jokebox.conversation import Conversation
    from jokebox.library import Library
    from jokebox.lm.evaluation import Novelty
    from jokebox.lm.generator import Generator
    from jokebox.settings import load_settings

    settings = load_settings()
    library = Library()
    checkpoint = library.load(library.choose(model, settings.model))
    for notice in library.notices:
        click.echo(f"jokebox: {notice}", err=True)
    if not checkpoint.finished:
        click.echo(
            f"jokebox: {checkpoint.name} is half-trained ({checkpoint.progress:.0%});"
            f" go on with: jokebox train --resume --model '{checkpoint.name}'",
            err=True,
        )
    given = {name: value for name, value in sampling.items() if value is not None}
    how = {
        "sampling": replace(settings.sampling, **given),
        "word_limit": words or settings.word_limit,
        "invented_words": (settings.invented_words if invented_words is None else invented_words),
    }
    return Conversation(Generator(checkpoint), Novelty(checkpoint.corpus.training)), how


def _prompts(prompt: str, number: int) -> Iterator[str]:
    from jokebox.lm.text import normalise

    if prompt == "-":
        for line in sys.stdin.buffer:
            yield normalise(line.decode(errors="replace"))
    else:
        for _ in range(number):
            yield normalise(prompt)


def _tell(prompt: str, words: Iterable[Word], pace: float) -> None:
    """Prompt and answer on one line, each word as soon as it is there."""
    click.echo(prompt, nl=False)
    for i, word in enumerate(words):
        if pace:
            time.sleep(1 / pace)
        click.echo(word.text if prompt or i else word.text.lstrip(), nl=False)
    click.echo()


def to_json(turn: Turn) -> dict[str, object]:
    """What scripts rely on."""
    return {
        "prompt": turn.prompt,
        "text": turn.text,
        "words": [{"word": word.text, "bits": round(word.bits, 4)} for word in turn.words],
        "ended": turn.ended,
        "recited": turn.copied is not None and turn.copied.recited,
        "longest_copied_run": turn.copied.longest_run if turn.copied else 0,
        "copied_from": turn.copied.source if turn.copied else "",
        "skipped": list(turn.skipped),
        "seed": turn.seed,
    }
