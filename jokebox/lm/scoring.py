"""Bits per byte of jokes under a model, each joke read from a fresh state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.baselines import Speller
from jokebox.lm.tokenizer import Tokenizer, WhitespaceTokenizer

if TYPE_CHECKING:
    from jokebox.lm.generator import Generator

Ids = NDArray[np.int64]
SCORED_JOKES = 2000  # of those that a run never learns from; enough for three digits
BATCH = 32  # jokes scored together; the logits of more do not fit into the cache


@dataclass(frozen=True)
class EncodedJokes:
    """Jokes as a model reads them: in each of the `sequences`, every id predicts the next.

    `fixed_bits` is the part of their cost that does not depend on the weights. `tokens` counts all
    tokens that cost bits, including the ends of jokes.
    """

    jokes: tuple[str, ...]
    sequences: tuple[Ids, ...]
    fixed_bits: float
    tokens: int

    @cached_property
    def inputs(self) -> tuple[Ids, ...]:
        """The ids that a model reads, an array (T,) per joke."""
        return tuple(ids[:-1] for ids in self.sequences)

    @cached_property
    def targets(self) -> tuple[Ids, ...]:
        """The ids that it predicts from them, an array (T,) per joke."""
        return tuple(ids[1:] for ids in self.sequences)

    @cached_property
    def _bits_per_bit(self) -> float:
        return bits_per_byte(1.0, self.jokes)

    def bits_per_byte(self, target_bits: float) -> float:
        """Return the bits per byte of the jokes if all `targets` together cost `target_bits`."""
        return (target_bits + self.fixed_bits) * self._bits_per_bit

    def batches(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield inputs and targets (B, T) of jokes of similar length, padded at the end with -1."""
        order = sorted(range(len(self.inputs)), key=lambda i: len(self.inputs[i]))
        for start in range(0, len(order), BATCH):
            chosen = [i for i in order[start : start + BATCH] if len(self.inputs[i])]
            if chosen:
                yield (
                    padded([self.inputs[i] for i in chosen]),
                    padded([self.targets[i] for i in chosen]),
                )


@dataclass(frozen=True)
class Score:
    """The total cost of some jokes, in bits, and their length.

    `bytes` are the UTF-8 bytes of the jokes, with one more for the end of each.
    """

    jokes: int
    bytes: int
    tokens: int
    bits: float

    @property
    def bits_per_byte(self) -> float:
        """The mean cost of a byte, in bits; does not depend on the tokenizer."""
        return self.bits / self.bytes

    @property
    def perplexity_per_token(self) -> float:
        """2 to the mean bits per token; comparable only between models with the same tokenizer."""
        return float(2 ** (self.bits / self.tokens))


def bits_per_byte(bits: float, jokes: Sequence[str]) -> float:
    """Return `bits` divided by the UTF-8 bytes of `jokes`, counting one for the end of each."""
    return bits / sum(len(joke.encode()) + 1 for joke in jokes)


def encode_jokes(
    tokenizer: Tokenizer, jokes: Sequence[str], training: Sequence[str]
) -> EncodedJokes:
    """Return `jokes` as a model with `tokenizer` reads them.

    `training` are the jokes it was trained on; they give the costs of what the tutorial's tokenizer
    leaves out.
    """
    if isinstance(tokenizer, WhitespaceTokenizer):
        return _encode_whitespace(tokenizer, jokes, training)
    end = () if tokenizer.end is None else (tokenizer.end,)
    sequences = tuple(
        np.array([*tokenizer.start, *tokenizer.encode(joke), *end], np.int64) for joke in jokes
    )
    return EncodedJokes(
        jokes=tuple(jokes),
        sequences=sequences,
        fixed_bits=0.0,
        tokens=sum(len(ids) - len(tokenizer.start) for ids in sequences),
    )


def score(generator: Generator, jokes: Sequence[str]) -> Score:
    """Return the cost of `jokes` under a model, scored BATCH jokes at a time."""
    encoded = encode_jokes(generator.tokenizer, jokes, generator.checkpoint.corpus.training)
    bits = sum(_batch_bits(generator, *batch) for batch in encoded.batches())
    size = sum(len(joke.encode()) + 1 for joke in jokes)
    return Score(len(jokes), size, encoded.tokens, bits + encoded.fixed_bits)


def _batch_bits(
    generator: Generator,
    inputs: NDArray[np.int64],  # (B, T)
    targets: NDArray[np.int64],  # (B, T)
) -> float:
    """Return what the targets of a batch cost, in bits; a target of -1 costs nothing."""
    state = generator.step(generator.zero(len(inputs)), inputs[:, 0])
    return float(generator.costs(state, targets).sum())


def _encode_whitespace(
    tokenizer: WhitespaceTokenizer, jokes: Sequence[str], training: Sequence[str]
) -> EncodedJokes:
    """Return jokes as the tutorial's model reads them, with fixed costs for what it cannot predict.

    It predicts no unknown words, no ends of jokes and no first words. To give every joke a proper
    probability all the same, an unknown word has probability `u` times that of its spelling, and a
    known one (1 - u) p, with `u` the share of training tokens that occur once (Good 1953, Turing's
    estimate); a joke ends after a word with probability `q`, the share of ends in training; its
    first known word has its relative frequency.
    """
    counts = Counter(word for joke in training for word in joke.split())
    words = counts.total()
    u = min(0.5, max(1, sum(1 for count in counts.values() if count == 1)) / words)
    q = len(training) / (words + len(training))
    speller = Speller(counts)
    sequences, fixed, tokens = [], 0.0, 0
    for joke in jokes:
        ids = tokenizer.encode(joke)
        unknown = tokenizer.unknown(joke)
        fixed -= len(ids) * log2((1 - u) * (1 - q)) + log2(q)
        fixed += sum(speller.bits(word) - log2(u * (1 - q)) for word in unknown)
        if ids:
            fixed -= log2(counts[tokenizer.words[ids[0]]] / words)
        sequences.append(np.array(ids, np.int64))
        tokens += len(ids) + len(unknown) + 1
    return EncodedJokes(tuple(jokes), tuple(sequences), fixed, tokens)


def padded(rows: Sequence[Sequence[int] | Ids]) -> NDArray[np.int64]:
    """Return rows of different lengths as an array (B, T), padded at the end with -1."""
    padded = np.full((len(rows), max(map(len, rows))), -1, np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded
