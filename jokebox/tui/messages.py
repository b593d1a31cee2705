"""What the workers tell the screen, and what the screen asks of the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from jokebox.lm.events import Event, Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jokebox.conversation import Turn, Word
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.generator import Choice
    from jokebox.train.request import Request


@dataclass
class RunEvent(Message):
    """A training run says something. `run` is its number: older runs are not listened to."""

    run: int
    event: Event

    def can_replace(self, message: Message) -> bool:
        return (
            isinstance(message, RunEvent)
            and self.run == message.run
            and isinstance(self.event, Progress)
            and isinstance(message.event, Progress)
        )


@dataclass
class RunOver(Message):
    """A training run has left its thread, with `error` where it broke."""

    run: int
    error: Exception | None


@dataclass
class Opened(Message):
    """A model came from disk; None where there is none yet, and then `begin` says to train one."""

    checkpoint: Checkpoint | None
    can_resume: bool
    notices: tuple[str, ...]
    begin: bool


@dataclass
class Failed(Message):
    """Something the user asked for did not work."""

    error: Exception


@dataclass
class Told(Message):
    """One more word of the answer, and what the hidden units hold after it: (L, H)."""

    word: Word
    hidden: NDArray[np.float32]


@dataclass
class Looked(Message):
    """What the model could have said at `place` of the answer of `turn`, likeliest first."""

    turn: Turn
    place: int
    choices: tuple[Choice, ...]


@dataclass
class TalkOver(Message):
    """A job of the talk has ended: the turns now, and what could stand in the place of each."""

    turns: tuple[Turn, ...]
    alternatives: tuple[tuple[int, ...], ...]
    in_joke: bool


@dataclass
class PanelWanted(Message):
    """Show this panel beside the talk."""

    panel: str


@dataclass
class TrainWanted(Message):
    """Start this run; one that is under way is stopped first."""

    request: Request


class StopWanted(Message):
    """Stop the run that is under way."""


@dataclass
class PauseWanted(Message):
    """Hold the run that is under way, or let it go on."""

    paused: bool


@dataclass
class OpenWanted(Message):
    """Talk to this model."""

    name: str


@dataclass
class KeepWanted(Message):
    """Let the stopped run of this model take its place."""

    name: str


@dataclass
class ModelRenamed(Message):
    """A model has another name now."""

    old: str
    new: str


@dataclass
class ModelRemoved(Message):
    """A model is gone."""

    name: str
