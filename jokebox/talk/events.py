"""What happens in a talk. The screen shows these events, and the recorder writes them down."""

from __future__ import annotations

from dataclasses import dataclass, field

from jokebox.lm.generator import State
from jokebox.talk.turns import Turn, Word


@dataclass(frozen=True)
class TurnBegan:
    """A prompt was read. The turn has the words that the user gave its answer, if any."""

    turn: Turn


@dataclass(frozen=True)
class Drafting:
    """The model drafts how the answer goes on, before it tells the best draft."""


@dataclass(frozen=True)
class WordTold:
    """The model told one more word of the last turn; `state` is what it remembers after it."""

    word: Word
    state: State = field(repr=False)


@dataclass(frozen=True)
class TurnEnded:
    """The answer is complete, or as far as it goes; `state` is what the model remembers now."""

    turn: Turn
    state: State = field(repr=False)


@dataclass(frozen=True)
class TalkMoved:
    """The talk is after another turn now, or the next prompt begins a joke instead."""

    last: int | None
    in_joke: bool


Event = TurnBegan | Drafting | WordTold | TurnEnded | TalkMoved
