"""What training reports while it runs. Each event is a plain value; none knows who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.history import History


@dataclass(frozen=True)
class Preparing:
    """Report what is being done before the first step, and notices about the corpus."""

    doing: str
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scoring:
    """Report that the model is being scored on jokes that it never learns from, if it takes long.

    `share` of these jokes, from 0 to 1, are scored.
    """

    share: float


@dataclass(frozen=True)
class Started:
    """Report that the first step is about to be taken or, in a resumed run, the next one."""

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
    #: The fixed prompt, and the curves and samples from before a resume.
    history: History
    #: The preset that `first` came to on this machine.
    rung: str = ""
    #: The rows of the joke files that were left out, by kind; unknown in a resumed run.
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """Report some more steps. `training_bits_per_byte` is their mean, with dropout on."""

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
class Ready:
    """Report that the next step is about to be taken, if the caller goes step by step."""

    step: int  # that was taken last


@dataclass(frozen=True)
class Evaluated:
    """Report the score on the validation jokes; `checkpoint` is the model as it is now."""

    step: int
    seconds: float
    validation_bits_per_byte: float
    best: bool
    sample: str
    checkpoint: Checkpoint = field(repr=False)


@dataclass(frozen=True)
class RolledBack:
    """Report that the loss was no number: the run is back at its best, with half the rate.

    `share` is what is left of the planned learning rate; `history` ends at `step`.
    """

    step: int
    share: float
    history: History


@dataclass(frozen=True)
class Resumable:
    """Hand over all that a later process needs to continue from here to the same bits.

    `checkpoint` has the best weights so far and the history, `state` the live tensors by name.
    """

    step: int
    checkpoint: Checkpoint = field(repr=False)
    state: Mapping[str, NDArray[Any]] = field(repr=False)


@dataclass(frozen=True)
class Saved:
    """Report that a file was written: the run's best so far or, at the end, the model itself."""

    path: Path


@dataclass(frozen=True)
class Ended:
    """End a run; this is its last event, and `reason` is shown to the user.

    `test_bits_per_byte` is measured once, with the best weights, when a run finishes.
    `checkpoint` has these weights and the history of the whole run.
    """

    how: Literal["finished", "stopped", "failed"]
    seconds: float
    best_validation_bits_per_byte: float | None
    reason: str
    test_bits_per_byte: float | None = None
    checkpoint: Checkpoint | None = field(default=None, repr=False)


Event = (
    Preparing
    | Started
    | Progress
    | Ready
    | Scoring
    | Evaluated
    | RolledBack
    | Resumable
    | Saved
    | Ended
)
