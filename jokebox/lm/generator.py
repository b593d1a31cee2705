"""The same LSTM as network.py, one token at a time, in NumPy: no torch where jokes are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner
from jokebox.lm.sampling import bits, choose, log_softmax

Array = NDArray[np.float32]
KEPT_WORDS = 1000  # whose first product is kept: 8 KB each where H is 512


@dataclass(frozen=True)
class State:
    """What the LSTM remembers after every token read so far. L layers, H units."""

    h: Array  # (L, ..., H)
    c: Array  # (L, ..., H)


@dataclass(frozen=True)
class Spoken:
    """A word with its leading space, its cost, its ids, and the state after exactly these.

    The end of a joke is spoken as an empty `text`; its `state` has not read the end.
    """

    text: str
    bits: float
    ids: tuple[int, ...]
    state: State


@dataclass(frozen=True)
class Choice:
    """A word that could come next, its probability under the model, and its ids."""

    text: str
    p: float
    ids: tuple[int, ...]


class Generator:
    """Reads tokens into a state and predicts the next from it.

    Leading dimensions of `ids` and of the state are a batch; a chat has none.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        weights = checkpoint.weights
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.embedding = weights["embedding.weight"]  # (V, H)
        self.output = weights.get("output.weight", self.embedding)  # (V, H)
        self.output_bias = weights["output.bias"]  # (V,)
        self.layers = [
            (
                weights[f"lstm.weight_ih_l{i}"],
                weights[f"lstm.weight_hh_l{i}"],
                weights[f"lstm.bias_ih_l{i}"] + weights[f"lstm.bias_hh_l{i}"],
            )
            for i in range(checkpoint.model.layers)
        ]  # each (4H, H), (4H, H) and (4H,); gates in torch's order i, f, g, o
        # words come again and again, and this product is half of the first layer's work
        self._enter_again = lru_cache(maxsize=KEPT_WORDS)(self._enter)
        # sigmoid(x) is tanh(x / 2) / 2 + 1 / 2: all four gates take one call, without overflow
        hidden = checkpoint.model.hidden_size
        self._half = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), hidden)  # (4H,)
        self._lift = 1 - self._half
        # by whether it may invent words, and whether it said a case mark
        self._forbidden = {
            (invents, marked): self._unspeakable(invents=invents, marked=marked)
            for invents, marked in product((False, True), repeat=2)
        }

    def fresh(self) -> State:
        """The state a new chat starts in: zero, after one end of a joke as in training."""
        return self.read(self.zero(), self.tokenizer.start)

    def zero(self, *batch: int) -> State:
        """The state of a model that has read nothing: (L, *batch, H)."""
        shape = (len(self.layers), *batch, self.embedding.shape[1])
        return State(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def read(self, state: State, ids: Iterable[int]) -> State:
        """The state after consuming `ids`, one after another, each once."""
        for id in ids:
            state = self.step(state, np.asarray(id))
        return state

    def step(self, state: State, ids: NDArray[np.integer]) -> State:
        """One token each: ids (...), state (L, ..., H) -> state (L, ..., H)."""
        gates = self._enter_again(int(ids)) if ids.ndim == 0 else self._enter(ids)  # (..., 4H)
        h, c = np.empty_like(state.h), np.empty_like(state.c)
        for i, (_, weight, _) in enumerate(self.layers):
            if i > 0:
                gates = self._enter_layer(i, h[i - 1])
            gates = np.tanh((gates + state.h[i] @ weight.T) * self._half) * self._half + self._lift
            gates = gates.reshape(*ids.shape, 4, -1)  # (..., 4, H): enter, keep, new, show
            c[i] = gates[..., 1, :] * state.c[i] + gates[..., 0, :] * gates[..., 2, :]
            h[i] = gates[..., 3, :] * np.tanh(c[i])
        return State(h, c)

    def _enter(self, ids: NDArray[np.integer] | int) -> Array:
        """What tokens say to the gates of the first layer: ids (...) -> (..., 4H)."""
        return self._enter_layer(0, self.embedding[ids])

    def _enter_layer(self, i: int, x: Array) -> Array:
        weight, _, bias = self.layers[i]
        gates: Array = x @ weight.T + bias
        return gates

    def logits(self, state: State) -> Array:
        """The scores of the next token: (..., V)."""
        scores: Array = state.h[-1] @ self.output.T + self.output_bias
        return scores

    def cost(self, state: State, ids: Sequence[int]) -> float:
        """The bits of `ids` after `state`."""
        cost = 0.0
        for id in ids:
            cost += bits(self.logits(state), id)
            state = self.read(state, (id,))
        return cost

    def next_words(self, state: State, number: int) -> list[Choice]:
        """The likeliest next words, best first; the end of the joke is the empty one."""
        found: list[Choice] = []
        marks = self.tokenizer.marks
        for before in ((), *((mark,) for mark in marks)):
            p = np.exp(log_softmax(self.logits(self.read(state, before))))  # (V,)
            share = 2 ** -self.cost(state, before)
            p[[*marks, *range(self.tokenizer.size)[self.tokenizer.spelling]]] = 0.0
            for id in np.argsort(-p)[:number].tolist():
                if before and id == self.tokenizer.end:
                    continue
                text = (
                    "" if id == self.tokenizer.end else self.tokenizer.decode_spaced((*before, id))
                )
                found.append(Choice(text, share * float(p[id]), (*before, id)))
        return sorted(found, key=lambda choice: -choice.p)[:number]

    def speak(self, state: State, manner: Manner, rng: np.random.Generator) -> Iterator[Spoken]:
        """Words from `state` on, without end unless the model ends the joke.

        `bits` are what the word costs under the model itself, whatever the manner.
        """
        ids: list[int] = []
        spent = 0.0
        while True:
            logits = self.logits(state)
            last = ids[-1] if ids else None
            forbidden = self._forbidden[manner.invented_words, last in self.tokenizer.marks]
            id = choose(logits, manner.sampling, rng, forbidden)
            cost = bits(logits, id)
            if last is not None and self.tokenizer.begins_word(last, id):
                yield Spoken(self.tokenizer.decode_spaced(ids), spent, tuple(ids), state)
                ids, spent = [], 0.0
            if id == self.tokenizer.end:
                yield Spoken("", cost, (id,), state)
                return
            state = self.read(state, (id,))
            ids.append(id)
            spent += cost
            if self.tokenizer.ends_word(id):
                yield Spoken(self.tokenizer.decode_spaced(ids), spent, tuple(ids), state)
                ids, spent = [], 0.0

    def _unspeakable(self, *, invents: bool, marked: bool) -> NDArray[np.intp]:
        """Spelling makes non-words; a case mark is followed by the word it marks."""
        tokenizer = self.tokenizer
        spelling = range(tokenizer.spelling.start, tokenizer.spelling.stop)
        ids = ([] if invents else [*spelling]) + [*tokenizer.marks, *tokenizer.start] * marked
        return np.array(ids, np.intp)
