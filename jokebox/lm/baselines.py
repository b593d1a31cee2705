"""What a model has to beat: word frequencies, a word 3-gram, and a speller for unseen words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from functools import cache
from math import log2
from typing import Generic, TypeVar

from jokebox.lm.tokenizer import pieces

SYMBOLS = 257  # bytes and the end of a word
WORD_END = 256
JOKE_END = ""

Symbol = TypeVar("Symbol", bound=Hashable)


class WittenBell(Generic[Symbol]):
    """Counts of what follows each context, up to `order - 1` symbols long.

    Each order gives to the next shorter one in proportion to how many different symbols have
    followed its context (Witten and Bell 1991, interpolated as in Chen and Goodman 1998). A
    sequence is followed by `end`, and begins as if after another.
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
        """Each symbol of `sequence`, then its end, with the context that predicts it."""
        padded = (self.end, *sequence, self.end)
        for i in range(1, len(padded)):
            yield padded[max(0, i + 1 - self.order) : i], padded[i]

    def probability(self, history: tuple[Symbol, ...], symbol: Symbol, unseen: float) -> float:
        """P(symbol | history), where `unseen` is its probability without any counts."""
        p = unseen
        for start in range(len(history), -1, -1):
            counts = self.counts.get(history[start:])
            if counts is None:
                break
            p = (counts[symbol] + len(counts) * p) / (self.totals[history[start:]] + len(counts))
        return p


class Speller:
    """A 5-gram model of bytes over words, each counted once: what an unseen word costs."""

    def __init__(self, words: Iterable[str]) -> None:
        self._model = WittenBell((word.encode() for word in words), order=5, end=WORD_END)

    def bits(self, word: str) -> float:
        steps = self._model.steps(word.encode())
        return -sum(log2(self._model.probability(*step, 1 / SYMBOLS)) for step in steps)


class WordNgram:
    """Word n-grams of the training jokes: order 1 is word frequencies.

    A proper distribution over all texts: unseen words are spelled.
    """

    def __init__(self, jokes: Iterable[str], order: int) -> None:
        told = [_words(joke) for joke in jokes]
        self._model = WittenBell(told, order, end=JOKE_END)
        self._known = {word for words in told for word in words}
        self._spell = cache(Speller(self._known).bits)

    def bits(self, joke: str) -> float:
        """The cost of `joke`, its end included."""
        return sum(self.cost(*step) for step in self._model.steps(_words(joke)))

    def cost(self, history: tuple[str, ...], word: str) -> float:
        """The bits of `word` after the words of `history`; the end of a joke is the empty word."""
        if word == JOKE_END:
            return -log2(self._model.probability(history, word, unseen=0.0))
        spelled = self._spell(word)
        if word in self._known:
            return -log2(self._model.probability(history, word, unseen=2**-spelled))
        # as a probability, a word as long as some laughs are would be 0
        return spelled - log2(self._model.probability(history, word, unseen=1.0))


def _words(joke: str) -> list[str]:
    return pieces(f" {joke}")
