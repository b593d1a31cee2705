"""What training says while it runs. Each event is a plain value; none knows who listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jokebox.lm.checkpoint import Checkpoint


@dataclass(frozen=True)
class Preparing:
    """Before the first step: what is being done, in a few words, and notices about the corpus."""

    doing: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Started:
    """The run is about to take its first step (or, resumed, its next)."""

    model: str
    corpora: tuple[str, ...]
    jokes: int
    tokens: int
    parameters: int
    device: str
    precision: str
    epochs: int
    step: int
    steps: int
    #: The fixed prompt that `Evaluated.sample` answers.
    sample_prompt: str
    #: Points charted before a resume: (step, bits per byte); empty in a new run.
    training_history: tuple[tuple[int, float], ...] = ()
    validation_history: tuple[tuple[int, float], ...] = ()
    samples: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Progress:
    """Some steps later. `training_bits_per_byte` is the mean over those steps, dropout on."""

    step: int
    steps: int
    epoch: int
    epochs: int
    seconds: float
    training_bits_per_byte: float
    tokens_per_second: float
    learning_rate: float
    seconds_left: float


@dataclass(frozen=True)
class Evaluated:
    """The model was scored on the validation jokes; `checkpoint` is it as it is now."""

    step: int
    seconds: float
    validation_bits_per_byte: float
    best: bool
    sample: str
    checkpoint: Checkpoint = field(repr=False)


@dataclass(frozen=True)
class Resumable:
    """All that a later process needs to go on from here to the same bits.

    `checkpoint` holds the best weights so far and the history; `state` the live tensors.
    """

    step: int
    checkpoint: Checkpoint = field(repr=False)
    state: Mapping[str, NDArray[Any]] = field(repr=False)


@dataclass(frozen=True)
class Saved:
    """A file was written: the run's best so far, or at the end the model itself."""

    path: Path


@dataclass(frozen=True)
class Ended:
    """The last event of a run. `reason` is told to the user.

    `test_bits_per_byte` is measured once, with the best weights, when a run finishes;
    `checkpoint` holds these and the history of the whole run.
    """

    how: Literal["finished", "stopped", "failed"]
    seconds: float
    best_validation_bits_per_byte: float | None
    reason: str
    test_bits_per_byte: float | None = None
    checkpoint: Checkpoint | None = field(default=None, repr=False)


Event = Preparing | Started | Progress | Evaluated | Resumable | Saved | Ended
