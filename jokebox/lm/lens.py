"""A lens on the LSTM: what single units follow, and what the gates do to its memory at a word.

A unit is shown by what its cell remembers, tanh(c), from -1 to 1, as by Karpathy, Johnson and
Fei-Fei (2015), who found units that follow quotation marks and the length of a line. Which units
follow something that has a name is found by correlation over a sample of the training jokes.

L layers, H units in each; K traits; J jokes of W words.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jokebox.lm import generator as lm
from jokebox.lm.generator import Array, State
from jokebox.lm.scoring import padded
from jokebox.lm.text import is_word, sentence_mark
from jokebox.lm.tokenizer import split_words

SAMPLE = 1000  # training jokes, evenly from all of them
BATCH = 64  # jokes
LEAST = 0.3  # of a correlation, for a unit to be said to follow something
Half = NDArray[np.float16]


class Unit(NamedTuple):
    """A unit, by its layer and its number in it, both from 0.

    If it is `reversed` it is seen upside down: what it remembers counts with the other sign.
    """

    layer: int
    number: int
    reversed: bool = False

    def of(self, memory: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return what the unit remembers, if all units remember `memory` (..., L, H): (...)."""
        mine: NDArray[np.floating] = memory[..., self.layer, self.number]
        return -mine if self.reversed else mine

    def seen(self, cells: Array) -> NDArray[np.floating]:
        """Return what the unit remembers if the cells are `cells` (..., L, H): (...)."""
        return self.of(np.tanh(cells))


# What can be followed -----------------------------------------------------------------------------


def _in_question(words: Sequence[str]) -> list[float]:
    inside, question = [], False
    for word in reversed(words):
        mark = sentence_mark(word, "")
        question = mark == "?" if mark else question
        inside.append(float(question and not mark))
    return inside[::-1]


def _after_question(words: Sequence[str]) -> list[float]:
    first = next((i for i, word in enumerate(words) if "?" in word), len(words))
    return [float(place >= first) for place in range(len(words))]


def _after_knock(words: Sequence[str]) -> list[float]:
    places = [place for place, word in enumerate(words) if is_word(word)][:2]
    begins = [words[place].strip(" .,!").casefold() for place in places] == ["knock", "knock"]
    return [float(begins and place >= places[1]) for place in range(len(words))]


def _length(words: Sequence[str]) -> list[float]:
    return [float(number) for number in range(1, len(words) + 1)]


def _ends_sentence(words: Sequence[str]) -> list[float]:
    return [float(bool(sentence_mark(word, ""))) for word in words]


def _in_quotes(words: Sequence[str]) -> list[float]:
    inside, values = False, []
    for word in words:
        inside ^= word.count('"') % 2 == 1
        values.append(float(inside))
    return values


# by name: the value of each at each word of a joke, as soon as the word was read
TRAITS: dict[str, Callable[[Sequence[str]], list[float]]] = {
    "inside a question": _in_question,
    "after a question": _after_question,
    "after \u201cKnock knock\u201d": _after_knock,
    "the length so far": _length,
    "the end of a sentence": _ends_sentence,
    "inside quotation marks": _in_quotes,
}


# Over the training jokes --------------------------------------------------------------------------


@dataclass(frozen=True)
class Follower:
    """The unit that follows a trait most closely, and their correlation, 0 to 1."""

    trait: str
    unit: Unit
    correlation: float


@dataclass(frozen=True)
class Survey:
    """What the units of a model did over a sample of the training jokes."""

    jokes: tuple[str, ...]
    words: int  # that were read
    correlations: NDArray[np.float64] = field(repr=False)  # (K, L, H), of TRAITS; 0 if constant
    highest: Half = field(repr=False)  # (J, L, H), of what each unit remembered in each joke
    lowest: Half = field(repr=False)  # (J, L, H)

    def followers(self) -> list[Follower]:
        """Return the unit that follows each trait best, the closest first; none below LEAST."""
        found = []
        for trait, row in zip(TRAITS, self.correlations, strict=True):
            layer, number = np.unravel_index(np.abs(row).argmax(), row.shape)
            unit = Unit(int(layer), int(number), reversed=bool(row[layer, number] < 0))
            found.append(Follower(trait, unit, float(abs(row[layer, number]))))
        close = (follower for follower in found if follower.correlation >= LEAST)
        return sorted(close, key=lambda follower: -follower.correlation)

    def name_of(self, unit: Unit) -> str:
        """Return the trait that a unit follows; empty if it follows none closely enough."""
        trait, correlation = self.followed_by(unit)
        return trait if abs(correlation) >= LEAST else ""

    def followed_by(self, unit: Unit) -> tuple[str, float]:
        """Return the trait that a unit follows best, and their correlation, -1 to 1."""
        row = unit.of(self.correlations)  # (K,)
        best = int(np.abs(row).argmax())
        return [*TRAITS][best], float(row[best])

    def most_exciting(self, unit: Unit, number: int) -> list[str]:
        """Return the jokes of the sample in which a unit was highest, the highest first."""
        peaks = unit.of(self.lowest if unit.reversed else self.highest)  # (J,)
        return [self.jokes[i] for i in np.argsort(-peaks, kind="stable")[:number]]


def survey(generator: lm.Generator, jokes: Sequence[str]) -> Generator[float, None, Survey]:
    """Read a sample of `jokes`, and return what the units did; yield how much is done, 0 to 1.

    Each joke is read from the state of a new talk. Whoever asks for no more stops it.
    """
    sample = tuple(jokes[:: max(1, -(-len(jokes) // SAMPLE))])
    sums = _Sums(generator, len(sample))
    read = [_Read.of(generator, joke) for joke in sample]
    longest_first = sorted(range(len(read)), key=lambda i: -len(read[i].ids))
    done, all_tokens = 0, sum(len(joke.ids) for joke in read)
    for start in range(0, len(read), BATCH):
        chosen = longest_first[start : start + BATCH]
        for tokens in sums.read(generator, chosen, [read[i] for i in chosen]):
            done += tokens
            yield done / all_tokens
    return Survey(sample, sums.words, sums.correlations(), sums.highest, sums.lowest)


class _Read(NamedTuple):
    """A joke as it is read: its ids (T,), which of them complete a word, and its traits there."""

    ids: NDArray[np.int64]
    completes: NDArray[np.bool_]  # (T,)
    traits: NDArray[np.float64]  # (T, K), of the last word that is complete

    @classmethod
    def of(cls, generator: lm.Generator, joke: str) -> _Read:
        tokenizer = generator.tokenizer
        words = list(split_words(tokenizer, tokenizer.encode(joke)))
        texts = [tokenizer.decode_spaced(word) for word in words]
        values = np.array([trait(texts) for trait in TRAITS.values()]).T  # (W, K)
        lengths = np.array([len(word) for word in words], np.int64)
        ids = np.array([id for word in words for id in word], np.int64)
        completes = np.zeros(len(ids), np.bool_)
        completes[np.cumsum(lengths) - 1] = True
        return cls(ids, completes, np.repeat(values.reshape(-1, len(TRAITS)), lengths, axis=0))


class _Sums:
    """The sums that correlations are made of, over all words, and the extremes of each joke."""

    def __init__(self, generator: lm.Generator, jokes: int) -> None:
        self._shape = generator.zero().c.shape  # (L, H)
        units = int(np.prod(self._shape))
        self.words = 0
        self._x, self._xx = np.zeros(units), np.zeros(units)
        self._y, self._yy = np.zeros(len(TRAITS)), np.zeros(len(TRAITS))
        self._yx = np.zeros((len(TRAITS), units))
        self.highest = np.full((jokes, *self._shape), -1, np.float16)
        self.lowest = np.full((jokes, *self._shape), 1, np.float16)

    def read(
        self, generator: lm.Generator, places: Sequence[int], jokes: Sequence[_Read]
    ) -> Iterable[int]:
        """Read `jokes`, the longest first; `places` are theirs in the sample. Yield tokens read."""
        ids = padded([joke.ids for joke in jokes])  # (B, T)
        state = generator.fresh().repeated(len(jokes))
        h, c = state.h, state.c  # (L, B, H)
        for t, column in enumerate(ids.T):
            live = int((column >= 0).sum())
            h, c, _ = generator.cells(h[:, :live], c[:, :live], column[:live])
            rows = [i for i in range(live) if jokes[i].completes[t]]
            if rows:
                memory = np.tanh(c[:, rows]).swapaxes(0, 1)  # (R, L, H)
                at = [places[i] for i in rows]
                self.highest[at] = np.maximum(self.highest[at], memory)
                self.lowest[at] = np.minimum(self.lowest[at], memory)
                self._add(memory, np.stack([jokes[i].traits[t] for i in rows]))
            yield live

    def _add(self, memory: Array, traits: NDArray[np.float64]) -> None:
        x = memory.reshape(len(memory), -1).astype(np.float64)  # (R, L * H)
        self.words += len(x)
        self._x += x.sum(0)
        self._xx += (x * x).sum(0)
        self._y += traits.sum(0)
        self._yy += (traits * traits).sum(0)
        self._yx += traits.T @ x

    def correlations(self) -> NDArray[np.float64]:
        """Return the Pearson correlation of each trait with each unit (K, L, H), -1 to 1."""
        n = self.words
        together = n * self._yx - np.outer(self._y, self._x)
        x = np.maximum(n * self._xx - self._x**2, 0)
        y = np.maximum(n * self._yy - self._y**2, 0)
        spread = np.sqrt(np.outer(y, x))
        varies = spread > 1e-6 * max(n, 1)
        r = np.where(varies, together / np.where(varies, spread, 1), 0)
        return r.reshape(len(TRAITS), *self._shape)


# In the talk --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trace:
    """What each unit remembers after each word of a text."""

    words: tuple[str, ...]  # with the space before them
    memory: Half = field(repr=False)  # (W, L, H), -1 to 1


def trace(generator: lm.Generator, state: State, words: Iterable[Sequence[int]]) -> Trace:
    """Return what each unit remembers after each of `words`, by their ids, read after `state`."""
    texts, memory = [], [np.zeros((0, *state.c.shape), np.float16)]
    h, c = state.h, state.c
    for word in words:
        for id in word:
            h, c, _ = generator.cells(h, c, np.asarray(id))
        texts.append(generator.tokenizer.decode_spaced(word))
        memory.append(np.tanh(c)[None].astype(np.float16))
    return Trace(tuple(texts), np.concatenate(memory))


def trace_joke(generator: lm.Generator, joke: str) -> Trace:
    """Return what each unit remembers after each word of a joke, in a new talk."""
    ids = generator.tokenizer.encode(joke)
    return trace(generator, generator.fresh(), split_words(generator.tokenizer, ids))


@dataclass(frozen=True)
class Step:
    """What the gates did to the memory at one word, which may be several tokens.

    The gates are those of its last token, but forget is what all of them together have left; the
    memory is that before the word and after it.
    """

    gates: Array = field(repr=False)  # (L, 4, H): input, forget, what may be written, output
    before: Array = field(repr=False)  # (L, H), cells
    after: Array = field(repr=False)  # (L, H)

    def means(self, layer: int) -> tuple[float, float, float]:
        """Return how much units of a layer kept, let in of the new, and showed: means, 0 to 1."""
        new, kept, _, shown = self.gates[layer].mean(-1).tolist()
        return kept, new, shown

    def most_changed(self, layer: int, number: int) -> list[Unit]:
        """Return the units of a layer that the word changed most, the most changed first."""
        change = np.abs(np.tanh(self.after[layer]) - np.tanh(self.before[layer]))  # (H,)
        order = np.argsort(-change, kind="stable")[:number]
        return [Unit(layer, unit) for unit in order.tolist()]


def step(generator: lm.Generator, state: State, ids: Sequence[int]) -> Step:
    """Return what the gates do to the memory when the `ids` of a word are read after `state`."""
    h, c, kept = state.h, state.c, np.ones_like(state.c)
    gates = np.zeros((len(c), 4, c.shape[-1]), np.float32)  # (L, 4, H)
    for id in ids:
        h, c, opened = generator.cells(h, c, np.asarray(id))
        gates = np.stack(opened)
        kept *= gates[:, 1]
    gates[:, 1] = kept
    return Step(gates, state.c, c)
