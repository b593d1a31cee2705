"""Which words of a punchline belong to which words of a setup, counted in the training jokes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.agreement import Agreement
from jokebox.lm.text import is_word, sentence_mark
from jokebox.lm.tokenizer import Tokenizer

TOO_COMMON = 0.02  # of the jokes: such words belong to any setup
UNSEEN = 0.1  # added to each count, so that a pair that was never seen is unlikely, not impossible
NOTHING_SAID = -0.5  # of a punchline of common words only: better than words that do not belong
PULL = 3  # times the association of two words


class Association:
    """Counts words of setups beside words of punchlines.

    The association of two words is their pointwise mutual information (Church and Hanks 1990): the
    log of how much more often than by chance one stands in the setup of a joke and the other in its
    punchline.
    """

    def __init__(self, tokenizer: Tokenizer, jokes: Sequence[str]) -> None:
        vocabulary = [tokenizer.decode_spaced((id,)) for id in range(tokenizer.size)]
        self._closing = {i for i, t in enumerate(vocabulary) if t and sentence_mark(t, "x") == "x"}
        self._marks = {i: m for i, t in enumerate(vocabulary) if (m := sentence_mark(t, ""))}
        self._apart = {i for i, t in enumerate(vocabulary) if t[:1] in ("", " ")} - {tokenizer.end}
        self._beginning = next(iter(self._apart), tokenizer.size)  # of a sentence
        spelling = range(tokenizer.size)[tokenizer.spelling]
        words = np.array([is_word(t) and i not in spelling for i, t in enumerate(vocabulary)], bool)
        self._count([tokenizer.encode_spaced(f" {joke}") for joke in jokes], words)
        self._associations: dict[int, NDArray[np.float32]] = {}  # (V,) each, by word of a setup

    def _count(self, jokes: Sequence[Sequence[int]], words: NDArray[np.bool_]) -> None:
        """Note in which setups and punchlines of `jokes` each of `words` (V,) stands."""
        lengths = np.array([len(ids) for ids in jokes], np.int64)
        ids = np.fromiter(chain.from_iterable(jokes), np.int64, lengths.sum())  # (T,)
        joke = np.repeat(np.arange(len(jokes)), lengths)
        ends = lengths.cumsum()
        places = np.fromiter(map(self.punchline, jokes), np.int64, len(jokes))
        told = np.arange(len(ids)) >= (ends - lengths + places)[joke]  # whether in a punchline
        found = np.sort((ids * len(jokes) + joke) * 2 + told)
        found = found[np.diff(found, prepend=-1) > 0]  # each word once a part; unique() is slower
        once = found[np.diff(found // 2, prepend=-1) > 0]  # and once a joke
        size, number = len(words), max(1, len(jokes))
        used = np.bincount(once // (2 * number), minlength=size)
        self._telling = words & (used > 0) & (used <= TOO_COMMON * number)
        self._agreement = Agreement(ids, ends[joke], words & ~self._telling, self._telling)
        found = found[self._telling[found // (2 * number)]]
        word, joke, told = found // (2 * number), found // 2 % number, found % 2 == 1
        # the jokes in whose setup each word stands, and the words of the punchline of each joke
        self._setups = _Rows(word[~told], joke[~told], size)
        self._punchlines = _Rows(joke[told], word[told], number)
        self._chance = np.bincount(word[told], minlength=size) / number  # (V,)

    def punchline(self, ids: Sequence[int]) -> int:
        """Return the place in `ids` at which the punchline of a joke begins.

        It is what follows the last question, else the last sentence; 0 if that is all.
        """
        question = sentence = 0
        for mark in (place for place, id in enumerate(ids) if id in self._marks):
            for place in range(mark + 1, len(ids)):  # behind the quotes that close
                if ids[place] in self._apart:
                    sentence = place
                    question = place if self._marks[ids[mark]] == "?" else question
                if ids[place] not in self._closing:
                    break
        return question or sentence

    def between(self, setup: Iterable[int], punchline: Iterable[int]) -> float:
        """Return how well a punchline belongs to a setup, both as ids; 0 is as by chance.

        It is the mean over the words of the punchline of what each has to do with the word of the
        setup that it belongs to most.
        """
        told, words = self._words_of(setup), self._words_of(punchline)
        words -= told
        if not told or not words:
            return NOTHING_SAID
        return float(self._with(told)[sorted(words)].mean())

    def pull(self, ids: Sequence[int]) -> NDArray[np.float32] | None:
        """Return what to add to the score of each token (V,) that may follow `ids` in a joke.

        It pulls a punchline towards the words that belong to its setup, and common words towards
        those that agree with what was said; None if nothing was said that tells something.
        """
        said = self._words_of(ids)
        if not said:
            return None
        pull = self._agreement.pull(said)
        place = self.punchline([*ids, self._beginning])  # as if a sentence began now
        if told := self._words_of(ids[:place]):
            towards = np.maximum(0, self._with(told))
            towards[ids] = 0  # each word belongs to itself, but is said once
            pull += PULL * towards
        return pull

    def _words_of(self, ids: Iterable[int]) -> set[int]:
        """Return those of `ids` that tell something."""
        return {id for id in ids if self._telling[id]}

    def _with(self, setup: Iterable[int]) -> NDArray[np.float32]:
        """Return the association (V,) of each word with the word of `setup` it belongs to most."""
        for id in setup:
            if id not in self._associations:
                self._associations[id] = self._with_word(id)
        most: NDArray[np.float32] = np.max([self._associations[id] for id in setup], axis=0)
        return most

    def _with_word(self, setup: int) -> NDArray[np.float32]:
        """Return the association (V,) of each word with a word of a setup, in nats; 0 if common."""
        jokes = self._setups[setup]
        words = [self._punchlines[joke] for joke in jokes]
        both = np.bincount(np.concatenate([[], *words]).astype(int), minlength=len(self._telling))
        association = np.log((both + UNSEEN) / (len(jokes) * self._chance + UNSEEN))
        return np.where(self._telling, association, 0).astype(np.float32)


class _Rows:
    """Holds rows of different lengths as one array: `values` (N,), each with the `row` it is in."""

    def __init__(self, row: NDArray[np.int64], values: NDArray[np.int64], rows: int) -> None:
        self.values = values[row.argsort(kind="stable")]
        self._ends = np.bincount(row, minlength=rows).cumsum()

    def __getitem__(self, row: int) -> NDArray[np.int64]:
        return self.values[self._ends[row - 1] if row else 0 : self._ends[row]]
