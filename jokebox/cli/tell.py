"""jokebox tell: print jokes, word by word."""

from __future__ import annotations

import secrets
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from jokebox.cli.options import (
    json_option,
    load_model,
    load_settings_or_warn,
    model_option,
    number,
)
from jokebox.cli.output import say, say_json, warn
from jokebox.lm.config import RANGES

if TYPE_CHECKING:
    from jokebox.settings import Settings
    from jokebox.talk.conversation import Conversation
    from jokebox.talk.events import Event
    from jokebox.talk.turns import Turn

EXAMPLES = """\b
Examples:
  jokebox tell "Why did the cow"
  jokebox tell -n 5 --seed 1
  printf 'Knock knock.\\nLettuce.\\n' | jokebox tell --take-turns -
"""


@click.command("tell", epilog=EXAMPLES)
@click.argument("prompt", default="")
@model_option("The model that tells the jokes. Default: the last one used.")
@click.option("-n", "number", type=click.IntRange(1), metavar="N", help="The number of jokes.")
@click.option("--words", type=number(RANGES["word_limit"]), help="The most words in an answer.")
@click.option(
    "--temperature",
    type=number(RANGES["temperature"]),
    help="Higher is more random; 0: always the likeliest word.",
)
@click.option("--top-k", type=number(RANGES["top_k"]), help="Only the K likeliest words; 0: all.")
@click.option(
    "--top-p",
    type=number(RANGES["top_p"]),
    help="Only the likeliest words that together have probability P.",
)
@click.option(
    "--min-p", type=number(RANGES["min_p"]), help="Only words P times as likely as the likeliest."
)
@click.option(
    "--drafts",
    type=number(RANGES["drafts"]),
    help="The answers that it drafts, to tell the one it is surest of.",
)
@click.option("--take-turns", is_flag=True, help="Stop after each sentence, for the next line.")
@click.option("--seed", type=number(RANGES["seed"]), help="The same seed tells the same words.")
@click.option(
    "--invented-words",
    is_flag=True,
    help="Allow words outside the vocabulary, spelled letter by letter.",
)
@click.option(
    "--pace",
    type=number(RANGES["words_per_second"]),
    default=0,
    help="Words per second; 0: at once.",
)
@json_option
def command(
    prompt: str,
    model: str | None,
    number: int | None,
    words: int | None,
    drafts: int | None,
    take_turns: bool,
    seed: int | None,
    invented_words: bool,
    pace: float,
    as_json: bool,
    **sampling: Any,
) -> None:
    """Finish PROMPT as a joke; without it, tell any joke. With -, answer stdin line by line.

    How words are drawn, and the most words in an answer, are taken from the settings unless given.
    """
    if prompt == "-" and number is not None:
        raise click.UsageError("-n cannot be combined with -: each line is answered once")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(
            signal.SIGPIPE, signal.SIG_DFL
        )  # a closed pipe ends the command, without a traceback
    manner = {"word_limit": words, "drafts": drafts}
    flags = {"invented_words": invented_words, "take_turns": take_turns}
    chosen = {name: value for name, value in (manner | flags).items() if value}
    settings = load_settings_or_warn()
    talk = _start_talk(settings, model, chosen, sampling)
    if seed is None:
        seed = secrets.randbelow(2**32) if settings.seed is None else settings.seed
    for i, line in enumerate(_prompts(prompt, number or 1)):
        if prompt != "-":
            talk.new_talk()
        events = talk.say(line, seed=(seed + i) % 2**32)
        if as_json:
            list(events)
            say_json(to_json(talk.turns[-1]))
        else:
            _tell(events, pace)
        skipped = talk.turns[-1].skipped
        if skipped:
            warn(f"jokebox: left out, because the model does not know it: {', '.join(skipped)}")


def _start_talk(
    settings: Settings, model: str | None, manner: dict[str, Any], sampling: dict[str, Any]
) -> Conversation:
    """Return a talk with the chosen model, in the settings' manner but for what was given."""
    from dataclasses import replace

    from jokebox.lm.generator import Generator
    from jokebox.lm.novelty import Novelty
    from jokebox.talk.conversation import Conversation

    checkpoint = load_model(model, settings.model)
    given = {name: value for name, value in sampling.items() if value is not None}
    sampled = replace(settings.sampling, **given)
    return Conversation(
        Generator(checkpoint),
        Novelty(checkpoint.corpus.learnt),
        replace(settings.manner, sampling=sampled, **manner),
    )


def _prompts(prompt: str, number: int) -> Iterator[str]:
    """Yield the prompt `number` times, or the lines of stdin as they arrive if it is -."""
    if prompt == "-":
        for line in sys.stdin.buffer:
            yield line.decode(errors="replace")
    else:
        for _ in range(number):
            yield prompt


def _tell(events: Iterable[Event], pace: float) -> None:
    """Print prompt and answer on one line, each word as soon as it is told."""
    from jokebox.talk.events import TurnBegan, WordTold

    begun = False
    for event in events:
        if isinstance(event, TurnBegan):
            say(event.turn.prompt, newline=False)
            begun = bool(event.turn.prompt)
        elif isinstance(event, WordTold):
            if pace:
                time.sleep(1 / pace)
            say(event.word.text if begun else event.word.text.lstrip(), newline=False)
            begun = True
    say("")


def to_json(turn: Turn) -> dict[str, object]:
    """Return a turn as the object that --json prints; scripts rely on its keys."""
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
        "drafts": turn.drafts,
    }
