"""Jokes -> batches: in a new order each epoch, as one long run of token ids cut into rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.config import TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.scoring import EncodedJokes, encode_jokes
from jokebox.lm.tokenizer import (
    CAPITAL,
    FIRST_WORD,
    Tokenizer,
    WordTokenizer,
    are_single_words,
    byte_ids,
    pieces,
)

Ids = NDArray[np.int64]
LOWER_CASE = 0.1  # of jokes lose their opening capital, because people type in lower case
OPENING_LETTERS = 2  # of a name
SPELLED_ONCE = 0.5  # of words seen once are spelled, if they are tokens at all
SPELLED = 0.3  # jokes of an epoch in which any other word is spelled


@dataclass(frozen=True)
class Batch:
    """Hold `inputs` and the tokens that follow each of them; `fresh` starts an epoch.

    B rows, T columns.
    """

    inputs: Ids  # (B, T)
    targets: Ids  # (B, T)
    fresh: bool


# The text of an epoch -----------------------------------------------------------------------------


class Stream:
    """Hold the training jokes of a corpus, encoded once, and make the text of each epoch."""

    def __init__(self, corpus: Corpus, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.encoded: EncodedJokes = encode_jokes(tokenizer, corpus.training, corpus.training)
        start, end = len(tokenizer.start), -1 if tokenizer.end is not None else None
        self.jokes = [ids[start:end] for ids in self.encoded.sequences]
        self.separator = np.array([] if tokenizer.end is None else [tokenizer.end], np.int64)
        self.spelled = _spelled(tokenizer, self.counts(), self._jokes_with())

    @cached_property
    def tokens(self) -> int:
        """The tokens of one epoch, the ends of jokes included."""
        return sum(len(ids) + len(self.separator) for ids in self.jokes)

    def counts(self) -> NDArray[np.float64]:
        """Return how often each id occurs: (V,)."""
        counts = np.bincount(np.concatenate(self.jokes), minlength=self.tokenizer.size)
        if self.tokenizer.end is not None:
            counts[self.tokenizer.end] = len(self.jokes)
        return counts.astype(np.float64)

    def _jokes_with(self) -> NDArray[np.float64]:
        """Return in how many jokes each id occurs: (V,)."""
        once_a_joke = np.concatenate([np.unique(ids) for ids in self.jokes])
        return np.bincount(once_a_joke, minlength=self.tokenizer.size).astype(np.float64)

    def in_file_order(self) -> Ids:
        """Return the ids of all jokes in the order of their files: (N,)."""
        return np.concatenate(self.jokes)

    def shuffled(self, seed: int, epoch: int) -> Ids:
        """Return the ids of one epoch (N,): each joke after the end of the joke before it.

        The order is drawn from (seed, epoch) alone, so that a resumed run need not remember it.
        """
        rng = np.random.default_rng((seed, epoch))
        parts = []
        for i in rng.permutation(len(self.jokes)):
            ids = self.jokes[i]
            if ids.size and ids[0] == CAPITAL and rng.random() < LOWER_CASE:
                ids = ids[1:]
            parts += [self.separator, self._spell(ids, rng)]
        return np.concatenate([*parts, self.separator])

    def _spell(self, ids: Ids, rng: np.random.Generator) -> Ids:
        """Return `ids` with some words spelled, so that spelling is learnt from many words.

        A word is spelled wherever it stands in the joke: so the pointer learns to copy a spelling.
        """
        words, places = np.unique(ids, return_inverse=True)
        spelled = rng.random(len(words)) < self.spelled[words]
        parts, done = [], 0
        for i in np.flatnonzero(spelled[places]).tolist():
            word = byte_ids(self.tokenizer.words[ids[i] - FIRST_WORD])
            parts += [ids[done:i], np.array(word, np.int64)]
            done = i + 1
        return np.concatenate([*parts, ids[done:]])


def _spelled(
    tokenizer: Tokenizer, counts: NDArray[np.float64], jokes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability that each id is spelled in a joke (V,): the rarer, the likelier.

    `counts` says how often each id occurs, and `jokes` in how many jokes: both (V,).
    """
    spelled = np.where(counts > 1, SPELLED / np.maximum(jokes, 1), SPELLED_ONCE)
    first = FIRST_WORD if isinstance(tokenizer, WordTokenizer) else len(spelled)
    spelled[:first] = 0
    return spelled


# From one epoch to the next -----------------------------------------------------------------------


class Walk:
    """Serve the batches of a run, epoch after epoch, and know how far it has come."""

    def __init__(self, stream: Stream, training: TrainingConfig, steps_per_epoch: int) -> None:
        self._stream, self._training = stream, training
        self.steps_per_epoch = steps_per_epoch
        self.epoch = 0
        self.place = 0  # batches of this epoch that were served already

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches without end, from the current place on."""
        while True:
            for batch in islice(self.batches(), self.place, None):
                self.place += 1
                yield batch
            self.epoch, self.place = self.epoch + 1, 0

    def batches(self) -> Iterator[Batch]:
        """Yield all the batches of the current epoch."""
        training = self._training
        if training.walk == "windows":  # in the order of the file, as the tutorial was published
            ids = self._stream.in_file_order()
            return windows(ids, training.batch_size, training.sequence_length)
        ids = self._stream.shuffled(training.seed, self.epoch)
        return rows(ids, training.batch_size, self.steps_per_epoch)


def rows(ids: Ids, batch_size: int, steps: int) -> Iterator[Batch]:
    """Cut `ids` (N,) into contiguous rows and walk along them, in `steps` batches.

    Each row continues where it was in the batch before, so that the state can be carried. If there
    are fewer tokens than rows, there are fewer rows.
    """
    batch_size = min(batch_size, len(ids) - 1)
    length = (len(ids) - 1) // batch_size
    inputs = ids[: batch_size * length].reshape(batch_size, length)  # (B, length)
    targets = ids[1 : batch_size * length + 1].reshape(batch_size, length)
    edges = np.linspace(0, length, steps + 1).astype(int)
    for start, stop in pairwise(edges):
        yield Batch(inputs[:, start:stop], targets[:, start:stop], fresh=start == 0)


def windows(ids: Ids, batch_size: int, sequence_length: int) -> Iterator[Batch]:
    """Walk as the tutorial does: windows that start one word apart, read time-first by its LSTM.

    A batch of 256 windows of 4 words is in effect 4 shifted rows of 256 steps: (4, 256).
    """
    shifted = np.lib.stride_tricks.sliding_window_view(ids, sequence_length)  # (N-T+1, T)
    for start in range(0, len(ids) - sequence_length, batch_size):
        stop = min(start + batch_size, len(ids) - sequence_length)
        yield Batch(shifted[start:stop].T, shifted[start + 1 : stop + 1].T, fresh=start == 0)


def common_opening(jokes: Sequence[str]) -> str:
    """Return the three words that most of the jokes begin with; of names, the first letters."""
    if are_single_words(jokes):
        openings = Counter(joke[:OPENING_LETTERS] for joke in jokes)
    else:
        openings = Counter("".join(pieces(joke)[:3]).strip() for joke in jokes)
    return openings.most_common(1)[0][0]
