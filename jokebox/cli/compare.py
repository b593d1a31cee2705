"""jokebox compare: two models answer the same prompt, and how good each became, and when."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from jokebox.cli.options import complete_models, json_option, load_settings_or_warn, number
from jokebox.cli.output import say, say_json, warn
from jokebox.errors import ModelError
from jokebox.formatting import BASELINES, clock
from jokebox.lm.config import RANGES, SAMPLINGS

if TYPE_CHECKING:
    from jokebox.library import Library
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.config import Manner
    from jokebox.lm.curves import Curve
    from jokebox.settings import Settings
    from jokebox.talk.turns import Turn

CURVE_POINTS = 6  # of a curve in a line of text
SPEC = re.compile(r"(?P<name>[^@:]+)(@(?P<step>\d+))?(:(?P<manner>\w+))?")
EXAMPLES = """\b
Examples:
  jokebox compare standard tutorial --prompt "Why did the cow"
  jokebox compare standard standard@128       # now, and as it was after 128 steps
  jokebox compare standard:careful standard:wild --seed 1
"""


@dataclass(frozen=True)
class Side:
    """One of the two: what the user called it, its model, and how it talks."""

    called: str
    checkpoint: Checkpoint
    manner: Manner
    curve: Curve
    fingerprint: str


@click.command("compare", epilog=EXAMPLES)
@click.argument("one", metavar="MODEL[@STEP][:MANNER]", shell_complete=complete_models)
@click.argument("other", metavar="MODEL[@STEP][:MANNER]", shell_complete=complete_models)
@click.option("--prompt", default="", help="What both finish as a joke. Default: any joke.")
@click.option("--seed", type=number(RANGES["seed"]), help="The same seed tells the same words.")
@json_option
def command(one: str, other: str, prompt: str, seed: int | None, as_json: bool) -> None:
    """Let two models answer the same prompt, and compare their scores.

    Both draw with the same random numbers.

    STEP is one at which a snapshot was kept, as `jokebox models show` lists them. MANNER is
    careful, normal or wild; without it, words are drawn as the settings say.
    """
    from jokebox.library import Library
    from jokebox.talk.comparison import Contender, differing, tell_together
    from jokebox.train.past_runs import measured_baselines

    settings, library = load_settings_or_warn(), Library()
    sides = [_side(spec, library, settings) for spec in (one, other)]
    if seed is None:
        seed = secrets.randbelow(2**32) if settings.seed is None else settings.seed
    contenders = [Contender(side.checkpoint, side.manner) for side in sides]
    turns = dict(tell_together(contenders, prompt, seed=seed))
    marks = differing(*([word.text.strip() for word in turns[i].words] for i in (0, 1)))
    alike = sides[0].fingerprint == sides[1].fingerprint
    baselines = measured_baselines(sides[0].checkpoint.corpus) if alike else {}
    if as_json:
        answers = [_to_json(side, turns[i], marks[i]) for i, side in enumerate(sides)]
        same = {"prompt": prompt, "seed": seed, "same_jokes": alike}
        say_json(same | {"answers": answers, "baselines": baselines})
        return
    _say_answers(sides, [turns[0], turns[1]], marks, seed)
    _say_scores(sides, baselines)


def _side(spec: str, library: Library, settings: Settings) -> Side:
    """Return what the user asked for; raises ModelError or wrong usage if there is none."""
    from dataclasses import replace

    from jokebox.lm.curves import curve_of

    match = SPEC.fullmatch(spec)
    manner, sampling = settings.manner, match and match["manner"]
    if match is None or (sampling and sampling not in SAMPLINGS):
        raise click.UsageError(f"{spec!r} is not MODEL[@STEP][:{'|'.join(SAMPLINGS)}]")
    if sampling:
        manner = replace(manner, sampling=SAMPLINGS[sampling])
    checkpoint = _load(match["name"], library)
    (stored,) = (model for model in library.models() if model.name == checkpoint.name)
    if match["step"]:
        checkpoint = library.load_snapshot(checkpoint, int(match["step"]))
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    library.notices.clear()
    return Side(spec, checkpoint, manner, curve_of(stored), stored.fingerprint)


def _load(name: str, library: Library) -> Checkpoint:
    """Load a model; if there is none and a preset has its name, say how to train it."""
    from jokebox.train.presets import PRESETS

    try:
        return library.load(name)
    except ModelError as error:
        if name in PRESETS and not (library.directory / name).exists():
            hint = f"Train it with: jokebox train --preset {name} --model {name}"
            raise ModelError(error.title, error.message, hint) from None
        raise


def _to_json(side: Side, turn: Turn, marks: Sequence[bool]) -> dict[str, object]:
    """Return an answer as the object that --json prints; scripts rely on its keys."""
    return {
        "model": side.checkpoint.name,
        "step": side.checkpoint.step,
        "temperature": side.manner.sampling.temperature,
        "text": turn.text,
        "words": [
            {"word": word.text, "bits": round(word.bits, 4), "differs": differs}
            for word, differs in zip(turn.words, marks, strict=True)
        ],
        "bits_per_byte": side.checkpoint.validation_bits_per_byte,
        "seconds": side.curve.seconds,
        "curve": side.curve.points,
    }


def _say_answers(
    sides: Sequence[Side], turns: Sequence[Turn], marks: Sequence[Sequence[bool]], seed: int
) -> None:
    for side, turn, differ in zip(sides, turns, marks, strict=True):
        words = "".join(
            word.text.replace(word.text.strip(), f"[{word.text.strip()}]") if differs else word.text
            for word, differs in zip(turn.words, differ, strict=True)
        )
        say(side.called)
        say(f"  {turn.prompt}{words if turn.prompt else words.lstrip()}")
    say(f"Words in [brackets] differ. Seed {seed}.")


def _say_scores(sides: Sequence[Side], baselines: dict[str, float]) -> None:
    """Print scores and curves beside the baselines, if they are over the same jokes."""
    say("")
    if not baselines:
        say("They were scored on different jokes: their scores and curves cannot be compared.")
        return
    say("Bits per byte of the same unseen jokes, less is better:")
    rows = {BASELINES[name]: f"{value:.3f}" for name, value in baselines.items()}
    for side in sides:
        score = side.checkpoint.validation_bits_per_byte
        rows[side.called] = "no score" if score is None else f"{score:.3f}"
    width = max(map(len, rows))
    for name, value in rows.items():
        say(f"  {name:{width}}  {value}")
    say("How they came there, step by step:")
    curves = {side.checkpoint.name: side.curve for side in sides}
    for name, curve in curves.items():
        points = curve.points
        some = [*points[:: -(-len(points) // CURVE_POINTS) or 1], *points[-1:]]
        steps = ", ".join(f"{step:,}: {value:.2f}" for step, value in dict.fromkeys(some))
        say(f"  {name:{width}}  {steps} ({clock(curve.seconds)})")
