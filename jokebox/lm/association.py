"""Which words of a punchline belong to which words of a setup, counted in the training jokes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from math import log
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from jokebox.lm.text import is_word, sentence_mark
from jokebox.lm.tokenizer import Tokenizer, begins_apart

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOO_COMMON = 0.02  # of the jokes: such words belong to any setup
UNSEEN = 0.1  # added to each count, so that a pair that was never seen is unlikely, not impossible
NOTHING_SAID = -0.5  # of a punchline of common words only: better than words that do not belong


class Association:
    """Counts words of setups beside words of punchlines.

    The association of two words is their pointwise mutual information (Church and Hanks 1990): the
    log of how much more often than by chance one stands in the setup of a joke and the other in its
    punchline.
    """

    def __init__(self, tokenizer: Tokenizer, jokes: Sequence[str]) -> None:
        self._tokenizer = tokenizer
        vocabulary = [tokenizer.decode_spaced((id,)) for id in range(tokenizer.size)]
        self._closing = {i for i, t in enumerate(vocabulary) if t and sentence_mark(t, "x") == "x"}
        self._marks = {i: m for i, t in enumerate(vocabulary) if (m := sentence_mark(t, ""))}
        self._apart = {i for i in range(tokenizer.size) if begins_apart(tokenizer, i)}
        self._beginning = next(iter(self._apart - {tokenizer.end}), tokenizer.size)  # of a sentence
        encoded = [tokenizer.encode_spaced(f" {joke}") for joke in jokes]  # as they are stored
        used = Counter(id for ids in encoded for id in set(ids))
        spelling = range(tokenizer.size)[tokenizer.spelling]
        self._telling = {
            id
            for id, number in used.items()
            if number <= TOO_COMMON * len(jokes) and id not in spelling and is_word(vocabulary[id])
        }
        # the jokes in whose setup, and in whose punchline, a word stands
        self._setups: dict[int, set[int]] = defaultdict(set)
        self._punchlines: dict[int, set[int]] = defaultdict(set)
        self._words: list[set[int]] = []  # of the punchline of each joke
        self._pulls: dict[int, NDArray[np.float32]] = {}  # (V,) each
        for number, ids in enumerate(encoded):
            place = self.punchline(ids)
            for id in self._telling.intersection(ids[:place]):
                self._setups[id].add(number)
            self._words.append(self._telling.intersection(ids[place:]))
            for id in self._words[-1]:
                self._punchlines[id].add(number)

    def punchline(self, ids: Sequence[int]) -> int:
        """Return the place in `ids` at which the punchline of a joke begins.

        It is what follows the last question, else the last sentence; 0 if that is all.
        """
        question = sentence = 0
        mark = ""
        for place, id in enumerate(ids):
            if mark and id in self._apart and id != self._tokenizer.end:
                sentence = place
                question = place if mark == "?" else question
            if id not in self._closing:
                mark = self._marks.get(id, "")
        return question or sentence

    def between(self, setup: Iterable[int], punchline: Iterable[int]) -> float:
        """Return how well a punchline belongs to a setup, both as ids; 0 is as by chance.

        It is the mean over the words of the punchline of what each has to do with the word of the
        setup that it belongs to most.
        """
        told, words = self._telling.intersection(setup), self._telling.intersection(punchline)
        if not told or not words - told:
            return NOTHING_SAID
        return mean(max(self._of(one, other) for one in told) for other in words - told)

    def pull(self, ids: Sequence[int]) -> NDArray[np.float32] | None:
        """Return what to add to the score of each token (V,) that may follow `ids` in a joke.

        It pulls a punchline towards the words that belong to its setup; None before the punchline.
        """
        place = self.punchline([*ids, self._beginning])  # as if a sentence began now
        told = self._telling.intersection(ids[:place])
        if not told:
            return None
        pull: NDArray[np.float32] = np.max([self._pull_of(id) for id in told], axis=0)
        pull[ids] = 0  # each word belongs to itself, but is said once
        return pull

    def _pull_of(self, setup: int) -> NDArray[np.float32]:
        """Return the association of a word of a setup with each word that is likelier beside it."""
        if setup not in self._pulls:
            pull = np.zeros(self._tokenizer.size, np.float32)
            for id in set[int]().union(*(self._words[joke] for joke in self._setups[setup])):
                pull[id] = max(0.0, self._of(setup, id))
            self._pulls[setup] = pull
        return self._pulls[setup]

    def _of(self, setup: int, punchline: int) -> float:
        """Return the association of two words, in nats."""
        one = self._setups.get(setup, set())
        other = self._punchlines.get(punchline, set())
        expected = len(one) * len(other) / len(self._words)
        return log((len(one & other) + UNSEEN) / (expected + UNSEEN))
