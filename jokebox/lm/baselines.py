"""What a model has to beat: word n-grams, with a byte n-gram for unseen words; a compressor."""

from __future__ import annotations

import lzma
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import cache
from math import log2
from typing import Generic, TypeVar

from jokebox.lm.tokenizer import pieces

SYMBOLS = 257  # of a speller: 256 bytes, and the end of a word
WORD_END = 256
JOKE_END = ""  # as a word

Symbol = TypeVar("Symbol", bound=Hashable)


class WittenBell(Generic[Symbol]):
    """An n-gram model with Witten-Bell smoothing; `order` is n.

    Each order passes probability on to the next shorter one in proportion to the number of
    different symbols seen after its context (Witten and Bell 1991, interpolated as in Chen and
    Goodman 1998). Every sequence is followed by `end`, and begins as if `end` came before it.
    """

    def __init__(self, sequences: Iterable[Iterable[Symbol]], order: int, end: Symbol) -> None:
        self.order, self.end = order, end
        self.counts: dict[tuple[Symbol, ...], Counter[Symbol]] = defaultdict(Counter)
        for sequence in sequences:
            for history, symbol in self.steps(sequence):
                for start in range(len(history) + 1):
                    self.counts[history[start:]][symbol] += 1
        self.totals = {context: counter.total() for context, counter in self.counts.items()}

    def steps(self, sequence: Iterable[Symbol]) -> Iterator[tuple[tuple[Symbol, ...], Symbol]]:
        """Yield, for each symbol of `sequence` and then its end, the context and the symbol."""
        padded = (self.end, *sequence, self.end)
        for i in range(1, len(padded)):
            yield padded[max(0, i + 1 - self.order) : i], padded[i]

    def probability(self, history: tuple[Symbol, ...], symbol: Symbol, unseen: float) -> float:
        """Return P(symbol | history); `unseen` is its probability in a model without counts."""
        p = unseen
        for start in range(len(history), -1, -1):
            counts = self.counts.get(history[start:])
            if counts is None:
                break
            p = (counts[symbol] + len(counts) * p) / (self.totals[history[start:]] + len(counts))
        return p


class Speller:
    """A byte 5-gram over words, each counted once: gives the cost of an unseen word."""

    def __init__(self, words: Iterable[str]) -> None:
        self._model = WittenBell((word.encode() for word in words), order=5, end=WORD_END)

    def bits(self, word: str) -> float:
        """Return the cost of spelling `word`, in bits, including its end."""
        steps = self._model.steps(word.encode())
        return -sum(log2(self._model.probability(*step, 1 / SYMBOLS)) for step in steps)


class WordNgram:
    """A word n-gram of the training jokes; order 1 is word frequencies.

    It is a proper distribution over all texts, because unseen words are spelled.
    """

    def __init__(self, jokes: Iterable[str], order: int) -> None:
        sequences = [_words(joke) for joke in jokes]
        self._model = WittenBell(sequences, order, end=JOKE_END)
        self._known = {word for words in sequences for word in words}
        self._spell = cache(Speller(self._known).bits)

    def bits(self, joke: str) -> float:
        """Return the cost of `joke`, in bits, including its end."""
        return sum(self.cost(*step) for step in self._model.steps(_words(joke)))

    def cost(self, history: tuple[str, ...], word: str) -> float:
        """Return the cost of `word` after the words of `history`, in bits.

        The end of a joke is the word JOKE_END.
        """
        if word == JOKE_END:
            return -log2(self._model.probability(history, word, unseen=0.0))
        spelled = self._spell(word)
        if word in self._known:
            return -log2(self._model.probability(history, word, unseen=2**-spelled))
        # 2**-spelled would underflow to 0 for a very long word
        return spelled - log2(self._model.probability(history, word, unseen=1.0))


def compressed_bits(training: Sequence[str], jokes: Sequence[str]) -> float:
    """Return how many bits LZMA adds for `jokes`, a line each, if it has packed `training` before.

    It learns from the jokes that it packs as well, each from those before it, unlike a model.
    """
    before = "".join(f"{joke}\n" for joke in training).encode()
    after = "".join(f"{joke}\n" for joke in jokes).encode()
    return 8.0 * (_packed_size(before + after) - _packed_size(before))


def _packed_size(content: bytes) -> int:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
    return len(lzma.compress(content, lzma.FORMAT_RAW, filters=filters))


def score_baselines(training: Sequence[str], jokes: Sequence[str]) -> dict[str, float]:
    """Return what word_frequencies, word_3gram and lzma reach on `jokes`, in bits per byte.

    They learn from the `training` jokes alone, as a model does.
    """
    size = sum(len(joke.encode()) + 1 for joke in jokes)
    bits = {
        name: sum(map(WordNgram(training, order).bits, jokes))
        for name, order in (("word_frequencies", 1), ("word_3gram", 3))
    }
    bits["lzma"] = compressed_bits(training, jokes)
    return {name: cost / size for name, cost in bits.items()}


def _words(joke: str) -> list[str]:
    return pieces(f" {joke}")
