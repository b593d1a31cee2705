"""Comparison of what a model tells with its training jokes: is it new, or copied?"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from jokebox.lm.corpus import duplicate_key
from jokebox.lm.text import is_word, normalise
from jokebox.lm.tokenizer import pieces

RUN = 6  # words
MOST_WORDS = 200  # of a text that are compared


@dataclass(frozen=True)
class Copied:
    """What a joke has in common with the training jokes, ignoring case and punctuation."""

    recited: bool  # it is one of the training jokes, word for word
    longest_run: int  # words in a row that are also in a row in a training joke
    source: str  # that training joke, or the first of several; empty if the run is 0


class Novelty:
    """Compares text with the training `jokes`."""

    def __init__(self, jokes: Sequence[str]) -> None:
        self._jokes = jokes

    @cached_property
    def _text(self) -> str:
        """The words of the training jokes: a joke per line, each word between spaces."""
        return "".join(f"\n{_spaced(_words_in(joke))}" for joke in self._jokes) + "\n"

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(map(duplicate_key, self._jokes))

    def prepare(self) -> None:
        """Read the training jokes now, rather than at the first question."""
        _ = self._text, self._keys

    def recites(self, text: str) -> bool:
        """Return whether `text` is one of the training jokes, in letters and digits; fast."""
        return duplicate_key(text) in self._keys

    def copies(self, text: str) -> bool:
        """Return whether over half of the runs of RUN words of `text` stand in one training joke.

        A text without such a run copies if it is one of the jokes.
        """
        words = _words_of(text)[:MOST_WORDS]
        runs = [_spaced(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]
        sources = Counter(joke for run in runs for joke in self._jokes_with(run))
        return max(sources.values(), default=0) > len(runs) / 2 or self.recites(text)

    def _jokes_with(self, run: str) -> set[int]:
        """Return the numbers of the training jokes that contain these words."""
        found, place = set(), self._text.find(run)
        while place >= 0:
            found.add(bisect(self._lines, place))
            place = self._text.find(run, place + 1)
        return found

    @cached_property
    def _lines(self) -> list[int]:
        """The places in the text at which the jokes begin."""
        return [match.start() for match in re.finditer("\n", self._text)]

    def check(self, text: str) -> Copied:
        """Return what `text` has in common with the training jokes.

        If it has no words at all, nothing is copied.
        """
        words = _words_of(text)
        longest, end = 0, 0
        for i in range(1, len(words) + 1):
            # a copied run that ends here is at most one word longer than the longest so far
            if i > longest and _spaced(words[i - longest - 1 : i]) in self._text:
                longest, end = longest + 1, i
        if not longest:
            return Copied(False, 0, "")
        place = self._text.index(_spaced(words[end - longest : end]))
        source = self._jokes[self._text.count("\n", 0, place) - 1]
        return Copied(f"\n{_spaced(words)}\n" in self._text, longest, source)


def common_run(one: str, other: str) -> tuple[slice, slice]:
    """Return where the longest run of words that two texts share stands in each, by characters.

    Case and punctuation are ignored, as by `check`, but what stands between the words is part of
    the run. Both slices are empty if no word is shared; of several longest runs it is the first.
    """
    places, others = _words_at(one), _words_at(other)
    words, theirs = [word for word, _ in places], [word for word, _ in others]
    run = SequenceMatcher(None, words, theirs, autojunk=False).find_longest_match()
    return _span(places[run.a : run.a + run.size]), _span(others[run.b : run.b + run.size])


def _words_at(text: str) -> list[tuple[str, slice]]:
    """Return the words of a text as they are compared, and where each of them stands."""
    words, end = [], 0
    for piece in pieces(text):
        end += len(piece)
        if word := _word(piece):
            words.append((word, slice(end - len(piece.lstrip()), end)))
    return words


def _span(words: Sequence[tuple[str, slice]]) -> slice:
    return slice(words[0][1].start, words[-1][1].stop) if words else slice(0)


def _words_of(text: str) -> list[str]:
    return list(_words_in(normalise(text)))


def _words_in(joke: str) -> Iterable[str]:
    return filter(None, map(_word, pieces(joke)))


@lru_cache(2**14)  # asked about each word of a corpus
def _word(piece: str) -> str:
    """Return a word as it is compared; nothing if `piece` is not a word."""
    return piece.strip().casefold() if is_word(piece) else ""


def _spaced(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
