"""What may be asked of a training run. Free of NumPy: the command line reads it for --help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jokebox.lm.config import RANGES, Range
from jokebox.paths import BUNDLED, BUNDLED_JOKES
from jokebox.train.source import Layout

if TYPE_CHECKING:
    from jokebox.lm.corpus import Corpus


@dataclass(frozen=True)
class Knobs:
    """Hold what a user may change in a preset; None leaves the preset's own value."""

    max_epochs: int | None = None
    max_minutes: float | None = None
    batch_size: int | None = None
    sequence_length: int | None = None
    layers: int | None = None
    hidden_size: int | None = None
    dropout: float | None = None
    learning_rate: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Knob:
    """Say what a knob may be set to, and what it does in a few words."""

    range: Range
    help: str


KNOBS: dict[str, Knob] = {
    "max_epochs": Knob(Range(1, 1000, integer=True), "Stop after so many passes over the jokes."),
    "max_minutes": Knob(Range(0.05, 10_000), "Plan the run to end within this time."),
    "batch_size": Knob(Range(1, 4096, integer=True), "Rows of text read side by side."),
    "sequence_length": Knob(Range(2, 4096, integer=True), "Tokens of each row in a step."),
    "layers": Knob(Range(1, 3, integer=True), "LSTM layers."),
    "hidden_size": Knob(Range(8, 4096, integer=True), "Units in a layer."),
    "dropout": Knob(Range(0, 0.9), "Share of units switched off at random."),
    "learning_rate": Knob(Range(1e-6, 1), "The highest learning rate of the run."),
    "seed": Knob(RANGES["seed"], "The same seed gives the same model."),
}


SHAPE = ("layers", "hidden_size")  # knobs that are off if a run continues from another model


@dataclass(frozen=True)
class Request:
    """Say what to train and on what. Without a `model` name it gets the name of its corpora."""

    corpora: tuple[str, ...] = (BUNDLED,)
    layout: Layout = field(default_factory=Layout)
    letters_only: bool = False
    model: str | None = None
    preset: str = "standard"
    knobs: Knobs = field(default_factory=Knobs)
    resume: bool = False
    continue_from: str | None = None


def model_name(request: Request) -> str:
    """Return the name that the model of `request` will have.

    Raises CorpusError if the name comes from a corpus that does not exist.
    """
    from jokebox.train.corpora import resolve

    return request.model or "+".join(resolve(corpus)[0] for corpus in request.corpora)


def learnt_earlier_jokes(corpus: Corpus) -> bool:
    """Return whether a model learnt the bundled jokes as they were in an earlier jokebox."""
    parts = (corpus.training, corpus.validation, corpus.test)
    return corpus.names == (BUNDLED,) and sum(map(len, parts)) != BUNDLED_JOKES
