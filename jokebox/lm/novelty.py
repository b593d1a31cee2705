"""Is a told joke new, or copied from the training jokes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jokebox.lm.text import is_word, normalise
from jokebox.lm.tokenizer import pieces


@dataclass(frozen=True)
class Copied:
    """What a told joke has taken from the training jokes.

    `recited` where all of it stands there; `longest_run` counts the words in a row that stand in
    one of them, which is `source`. Neither case nor punctuation counts.
    """

    recited: bool
    longest_run: int
    source: str


class Novelty:
    """Compares what is told with the training jokes."""

    def __init__(self, jokes: Sequence[str]) -> None:
        self._jokes = jokes

    @cached_property
    def _text(self) -> str:
        """The words of each joke on a line of its own, each between spaces."""
        return "".join(f"\n{_plain(_plain_words(joke))}" for joke in self._jokes) + "\n"

    def check(self, text: str) -> Copied:
        """Compare one told joke."""
        words = _plain_words(text)
        longest, end = 0, 0
        for i in range(1, len(words) + 1):
            # a run that ends here is at most one word longer than the longest so far
            if i > longest and _plain(words[i - longest - 1 : i]) in self._text:
                longest, end = longest + 1, i
        if not longest:
            return Copied(False, 0, "")
        place = self._text.index(_plain(words[end - longest : end]))
        source = self._jokes[self._text.count("\n", 0, place) - 1]
        return Copied(f"\n{_plain(words)}\n" in self._text, longest, source)


def _plain_words(text: str) -> list[str]:
    return [piece.strip() for piece in pieces(normalise(text).casefold()) if is_word(piece)]


def _plain(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "
