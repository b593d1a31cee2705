"""The turns of a talk: a prompt, the words of its answer, and where it belongs in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from jokebox.lm.novelty import Copied

Ending = Literal["end-of-joke", "sentence", "limit", "stopped"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word as told, with the space before it if it has one, its cost in bits, and its ids."""

    text: str
    bits: float
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CopiedWord:
    """Say how much of a word's probability was copied, 0 to 1, and from which word of the joke.

    That word stands in a turn, in its answer or in its prompt.
    """

    share: float
    source: str
    turn: int  # its number
    place: int | None  # of the word in the answer; None if it stands in the prompt
    span: tuple[int, int]  # its characters in the prompt

    def in_words(self, whole: str) -> str:
        """Return it as a sentence; `whole` is what the share is a part of."""
        return f"{100 * self.share:.0f} % of {whole} is copied from “{self.source}”."


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that the model drafted and did not tell."""

    ids: tuple[int, ...]  # with the end of the joke, if it ended it
    ended: Ending


@dataclass(frozen=True)
class Turn:
    """A prompt and its answer.

    `parent` is the number of the turn before it: turns with the same parent are alternatives. An
    answer that the user has `written`, word by word, is one only while the talk is at it.
    """

    number: int
    parent: int | None
    prompt: str
    opens_joke: bool  # it begins a joke, instead of continuing the one before
    seed: int
    skipped: tuple[str, ...]  # words of the prompt that the model does not know
    prompt_ids: tuple[int, ...]  # preceded by the end of the joke before, if that was left open
    written: bool = False
    drafts: int = 1  # so many answers were drafted
    words: tuple[Word, ...] = ()
    ended: Ending = "stopped"
    end_ids: tuple[int, ...] = ()
    joke: str = ""  # the whole joke so far, over all its turns; empty until the turn has ended
    copied: Copied | None = None
    others: tuple[Draft, ...] = ()  # the drafts that were not told, the best first

    @property
    def text(self) -> str:
        """The answer alone."""
        return "".join(word.text for word in self.words).removeprefix(" ")

    @property
    def answer_ids(self) -> tuple[int, ...]:
        """The ids of the answer, without the end of the joke."""
        return tuple(id for word in self.words for id in word.ids)

    @property
    def told(self) -> tuple[int, ...]:
        """The ids of the answer, with the end of the joke."""
        return (*self.answer_ids, *self.end_ids)

    @property
    def ids(self) -> tuple[int, ...]:
        """All that the model read in this turn, in order."""
        return (*self.prompt_ids, *self.told)


# a turn by its number; or a draft, by the number of its turn and its place among the others
Alternative = int | tuple[int, int]


def path_to(turns: Sequence[Turn], number: int | None) -> tuple[Turn, ...]:
    """Return the turns from the first to turn `number`; none if that is None."""
    path = []
    while number is not None:
        path.append(turns[number])
        number = turns[number].parent
    return tuple(reversed(path))
