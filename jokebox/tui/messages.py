"""The messages of the app: what its workers report, and what its screens ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.events import Event
    from jokebox.lm.generator import Choice
    from jokebox.lm.lens import Step, Trace
    from jokebox.talk import events
    from jokebox.talk.turns import Alternative, CopiedWord, Turn
    from jokebox.train.request import Request

# What workers report ------------------------------------------------------------------------------


@dataclass
class RunEvent(Message):
    """A training run reports something."""

    run: int  # its number: the events of older runs are ignored
    event: Event

    def can_replace(self, message: Message) -> bool:
        from jokebox.lm.events import Progress

        return (
            isinstance(message, RunEvent)
            and self.run == message.run
            and isinstance(self.event, Progress)
            and isinstance(message.event, Progress)
        )


@dataclass
class RunExited(Message):
    """A training run has left its thread."""

    run: int
    error: Exception | None  # that ended it, if one did


@dataclass
class ModelOpened(Message):
    """A model was read from disk, or there is none yet."""

    checkpoint: Checkpoint | None
    can_resume: bool  # whether it has a stopped run
    notices: tuple[str, ...]
    begin: bool  # whether to train a model if there is none


@dataclass
class TalkEvent(Message):
    """Something happened in the talk: a turn began, a word was told, a turn ended."""

    event: events.Event


@dataclass
class TalkChanged(Message):
    """A job of the talk has ended."""

    turns: tuple[Turn, ...]  # of the path that the talk is on
    alternatives: tuple[tuple[Alternative, ...], ...]  # to each of them
    in_joke: bool  # whether the next prompt continues the last joke


@dataclass
class ChoicesReady(Message):
    """The likeliest words at one place of an answer were computed."""

    turn: Turn
    place: int
    choices: tuple[Choice, ...]  # likeliest first
    copied: CopiedWord | None  # how the told word was, if it was


@dataclass
class InsideReady(Message):
    """What the LSTM remembers at each word of the talk was computed."""

    traces: dict[int, Trace]  # by the number of the turn
    turn: Turn | None  # with the word at the cursor
    place: int
    step: Step | None  # at that word
    copied: CopiedWord | None  # how it was, if it was


# What screens ask for -----------------------------------------------------------------------------


@dataclass
class StartRun(Message):
    """Start this run; one that is under way is stopped first."""

    request: Request


class StopRun(Message):
    """Stop the run that is under way."""


@dataclass
class PauseRun(Message):
    """Pause the run that is under way, or let it continue."""

    paused: bool


@dataclass
class KeepRun(Message):
    """Replace a model by the best of its stopped run."""

    name: str  # of the model


@dataclass
class OpenModel(Message):
    """Open a model, to talk to it."""

    name: str


@dataclass
class TypeWord(Message):
    """Let the user type the word at the cursor of the talk."""


@dataclass
class ShowPanel(Message):
    """Show this panel beside the talk."""

    panel: str  # its id
