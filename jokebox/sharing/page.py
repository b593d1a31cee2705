"""One page of HTML, complete in itself: talks with what else could have been told, and models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import jokebox
from jokebox.formatting import (
    SURPRISING,
    clock,
    counted,
    percent,
    short,
    surprise,
    training_state,
)
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.curves import curve_of, scored_alike
from jokebox.lm.history import Frame, Point
from jokebox.sharing.curves import Chart, chart
from jokebox.sharing.likely import Likely
from jokebox.sharing.rendering import render
from jokebox.talk.transcript import Transcript

MOST_SAMPLES = 8  # of a model: more say the same again


@dataclass(frozen=True)
class SharedTalk:
    """A talk, and what else could have been told; `missing` says why nothing is known of that."""

    title: str
    talk: Transcript
    likely: Likely = field(default_factory=dict)
    missing: str = ""


def page(
    talks: Sequence[SharedTalk],
    models: Sequence[Checkpoint],
    baselines: Mapping[str, float],
) -> bytes:
    """Return the page of talks and models; several models are compared with one another.

    `baselines` are in bits per byte, over the validation jokes of the first model.
    """
    titles = [*(shared.title for shared in talks), *(model.name for model in models)]
    return render(
        "page.html",
        title=", ".join(titles),
        talks=talks,
        learning=_learning(models, baselines) if models else None,
        levels=_levels(),
        percent=percent,
        surprise=surprise,
        version=jokebox.__version__,
    ).encode()


@dataclass(frozen=True)
class Learning:
    """What a page says of its models: a column of each, curves, scores and samples."""

    models: Sequence[Checkpoint]
    chart: Chart | None
    others: Sequence[str]  # models whose scores cannot be compared with those of the first
    rows: Mapping[str, Sequence[str]]  # of the table, by their heads
    samples: Sequence[Sequence[Frame]]


def _learning(models: Sequence[Checkpoint], baselines: Mapping[str, float]) -> Learning:
    alike, others = scored_alike(models)
    return Learning(
        models,
        chart(_curves(alike), baselines),
        [model.name for model in others],
        _rows(models),
        [_samples(model) for model in models],
    )


def _curves(models: Sequence[Checkpoint]) -> dict[str, Sequence[Point]]:
    """Return the curves to draw by their labels: both of one model, the scores of several."""
    if len(models) > 1:
        return {model.name: model.history.validation for model in models}
    history = models[0].history
    return {"unseen jokes": history.validation, "training jokes": history.training}


def _rows(models: Sequence[Checkpoint]) -> dict[str, list[str]]:
    def score(value: float | None) -> str:
        return "no score" if value is None else f"{value:.3f}"

    return {
        "Bits per byte of unseen jokes": [score(m.validation_bits_per_byte) for m in models],
        "… of test jokes, scored once": [score(m.test_bits_per_byte) for m in models],
        "Learnt from": [
            f"{counted(len(m.corpus.training), 'joke')} of {', '.join(m.corpus.names)}"
            for m in models
        ],
        "Network": [
            f"LSTM, {m.model.layers} x {m.model.hidden_size} units, {short(m.parameters)} weights"
            for m in models
        ],
        "Vocabulary": [counted(m.tokenizer.size, "token") for m in models],
        "Run": [
            f"{training_state(m, can_resume=False)}, {counted(curve_of(m).last_step, 'step')},"
            f" {clock(m.seconds)}"
            for m in models
        ],
    }


def _samples(model: Checkpoint) -> list[Frame]:
    """Return what a model said at its evaluations: the first, the last, and some between."""
    frames = model.history.frames
    if len(frames) <= MOST_SAMPLES:
        return [*frames]
    last = len(frames) - 1
    # a run changes most in its first steps
    chosen = {round(last * (i / (MOST_SAMPLES - 1)) ** 2) for i in range(MOST_SAMPLES)}
    return [frames[i] for i in sorted(chosen)]


def _levels() -> list[str]:
    """Return what each level of surprise means, in bits and as a probability."""
    limits = [f"{limit} {'bit' if limit == 1 else 'bits'}" for limit in SURPRISING]
    shares = [percent(2**-limit) for limit in SURPRISING]
    between = [
        f"{low} to {limits[i + 1]} ({shares[i + 1]} to {shares[i]})"
        for i, low in enumerate(SURPRISING[:-1])
    ]
    first, last = f"under {limits[0]} (over {shares[0]})", f"over {limits[-1]} (under {shares[-1]})"
    return [first, *between, last]
