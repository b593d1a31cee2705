"""Which common words agree with the words before them, counted in the training jokes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

UNSURE = 2  # added to each count: a word has to be seen often to choose among common ones
BLOCK = 2**16  # words that are counted at a time


class Agreement:
    """Counts common words, such as pronouns, that come later in a joke than another word.

    After "wife" it is "she" more often than elsewhere, and "he" less often. A small model, which
    has seen either word after hundreds of others, mixes them up.
    """

    def __init__(
        self,
        ids: NDArray[np.int64],  # (T,) of all jokes
        ends: NDArray[np.int64],  # (T,) where the joke ends that each stands in
        common: NDArray[np.bool_],  # (V,)
        telling: NDArray[np.bool_],  # (V,)
    ) -> None:
        self._common = np.flatnonzero(common)  # (C,)
        column = np.cumsum(common) - 1  # (V,) of a common word
        later = np.flatnonzero(common[ids])  # the places of common words
        counts = np.zeros(len(common) * len(self._common), np.int64)
        words = np.flatnonzero(telling[ids])
        for begin in range(0, len(words), BLOCK):
            places = words[begin : begin + BLOCK]
            first, last = later.searchsorted(places), later.searchsorted(ends[places])
            numbers = last - first  # of common words after each, in the same joke
            after = np.arange(numbers.sum()) + np.repeat(
                first - numbers.cumsum() + numbers, numbers
            )
            pairs = np.repeat(ids[places], numbers) * len(self._common) + column[ids[later[after]]]
            counts += np.bincount(pairs, minlength=len(counts))
        found = counts.reshape(len(common), -1).astype(np.float32)  # (V, C)
        share = found.sum(axis=0) / max(1, found.sum())
        expected = found.sum(axis=1, keepdims=True) * share
        self._agreement = np.log((found + UNSURE) / (expected + UNSURE))

    def pull(self, words: Iterable[int]) -> NDArray[np.float32]:
        """Return how much more often than elsewhere each token (V,) comes after `words`, in nats.

        Of several words, the one with most to say about a token counts. It is 0 if the token is not
        common.
        """
        pull = np.zeros(len(self._agreement), np.float32)
        rows = self._agreement[list(words)]  # (W, C)
        if len(rows):
            pull[self._common] = rows[np.abs(rows).argmax(axis=0), np.arange(rows.shape[1])]
        return pull
