"""The LSTM of train/network.py in NumPy, one token at a time: how a model reads and talks.

Top to bottom: a state before and after each token, one LSTM step, the scores of the next token,
words drawn from them. No PyTorch here: importing it takes longer than telling ten jokes.

L layers, H units, V tokens. "..." is a batch of any shape; a talk has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner
from jokebox.lm.sampling import log_softmax, sample_token, token_bits

Array = NDArray[np.float32]
CACHED_TOKENS = 1000  # whose product with the first layer is kept: 8 KB each if H is 512


@dataclass(frozen=True)
class State:
    """What the LSTM remembers after all the tokens it has read."""

    h: Array  # (L, ..., H), the output of each layer
    c: Array  # (L, ..., H), its cell


@dataclass(frozen=True)
class Spoken:
    """A word with its leading space, its cost, its ids, and the state after exactly these ids.

    The end of a joke is an empty `text`; its `state` has not read the end.
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
    """Read tokens into a state, and predict the next one from it."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        weights = checkpoint.weights
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.embedding = weights["embedding.weight"]  # (V, H)
        self.output = weights.get("output.weight", self.embedding)  # (V, H), the same if tied
        self.output_bias = weights["output.bias"]  # (V,)
        self.layers = [
            (
                weights[f"lstm.weight_ih_l{i}"],  # (4H, H)
                weights[f"lstm.weight_hh_l{i}"],  # (4H, H)
                weights[f"lstm.bias_ih_l{i}"] + weights[f"lstm.bias_hh_l{i}"],  # (4H,)
            )
            for i in range(checkpoint.model.layers)
        ]
        # words come again and again, and this product is half of the first layer's work
        self._cached_input_gates = lru_cache(maxsize=CACHED_TOKENS)(self._input_gates)
        # sigmoid(x) is tanh(x / 2) / 2 + 1 / 2: all four gates take one call, without overflow
        hidden = checkpoint.model.hidden_size
        self._scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), hidden)  # (4H,)
        self._shift = 1 - self._scale
        # ids that may not be drawn, by whether words may be invented and whether a case mark came
        self._forbidden = {
            (invented, marked): self._forbidden_ids(invented=invented, marked=marked)
            for invented, marked in product((False, True), repeat=2)
        }

    # The state ------------------------------------------------------------------------------------

    def zero(self, *batch: int) -> State:
        """Return the state of a model that has read nothing: (L, *batch, H)."""
        shape = (len(self.layers), *batch, self.embedding.shape[1])
        return State(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def fresh(self) -> State:
        """Return the state that a new talk starts in: after one end of a joke, as in training."""
        return self.read(self.zero(), self.tokenizer.start)

    def read(self, state: State, ids: Iterable[int]) -> State:
        """Return the state after `ids`, read one after another, each once."""
        for id in ids:
            state = self.step(state, np.asarray(id))
        return state

    # One LSTM step --------------------------------------------------------------------------------

    def step(self, state: State, ids: NDArray[np.integer]) -> State:
        """Read one token each: ids (...) and a state (L, ..., H) give a state (L, ..., H)."""
        h, c = np.empty_like(state.h), np.empty_like(state.c)
        gates = self._cached_input_gates(int(ids)) if ids.ndim == 0 else self._input_gates(ids)
        for i, (from_input, from_hidden, bias) in enumerate(self.layers):
            if i > 0:
                gates = h[i - 1] @ from_input.T + bias  # (..., 4H)
            gates = gates + state.h[i] @ from_hidden.T  # (..., 4H)
            gates = np.tanh(gates * self._scale) * self._scale + self._shift
            gates = gates.reshape(*ids.shape, 4, -1)  # (..., 4, H) in torch's order: i, f, g, o
            c[i] = gates[..., 1, :] * state.c[i] + gates[..., 0, :] * gates[..., 2, :]
            h[i] = gates[..., 3, :] * np.tanh(c[i])
        return State(h, c)

    def _input_gates(self, ids: NDArray[np.integer] | int) -> Array:
        """Return what tokens add to the gates of the first layer: ids (...) give (..., 4H)."""
        from_input, _, bias = self.layers[0]
        gates: Array = self.embedding[ids] @ from_input.T + bias
        return gates

    # The next token -------------------------------------------------------------------------------

    def logits(self, state: State) -> Array:
        """Return the scores of the next token: (..., V)."""
        scores: Array = state.h[-1] @ self.output.T + self.output_bias
        return scores

    def cost(self, state: State, ids: Sequence[int]) -> float:
        """Return how many bits `ids` cost after `state`."""
        cost = 0.0
        for id in ids:
            cost += token_bits(self.logits(state), id)
            state = self.read(state, (id,))
        return cost

    def next_words(self, state: State, number: int) -> list[Choice]:
        """Return the likeliest next words, best first; the end of the joke is the empty one."""
        found: list[Choice] = []
        marks = self.tokenizer.case_marks
        for before in ((), *((mark,) for mark in marks)):  # a word as it is, and after each mark
            p = np.exp(log_softmax(self.logits(self.read(state, before))))  # (V,)
            share = 2 ** -self.cost(state, before)
            p[[*marks, *range(self.tokenizer.size)[self.tokenizer.spelling]]] = 0.0
            for id in np.argsort(-p)[:number].tolist():
                ends = id == self.tokenizer.end
                if before and ends:
                    continue
                text = "" if ends else self.tokenizer.decode_spaced((*before, id))
                found.append(Choice(text, share * float(p[id]), (*before, id)))
        return sorted(found, key=lambda choice: -choice.p)[:number]

    # Talking --------------------------------------------------------------------------------------

    def speak(
        self, state: State, manner: Callable[[], Manner], rng: np.random.Generator
    ) -> Iterator[Spoken]:
        """Draw words from `state` on, without end unless the model ends the joke.

        `manner` is asked again before each token, so that a change acts on the next word. The bits
        of a word are what it costs under the model itself, whatever the manner.
        """
        ids: list[int] = []  # of the word that is being drawn
        spent = 0.0  # bits of these
        while True:
            logits = self.logits(state)  # (V,)
            wanted, last = manner(), ids[-1] if ids else None
            forbidden = self._forbidden[wanted.invented_words, last in self.tokenizer.case_marks]
            id = sample_token(logits, wanted.sampling, rng, forbidden)
            cost = token_bits(logits, id)
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

    def _forbidden_ids(self, *, invented: bool, marked: bool) -> NDArray[np.intp]:
        """Return the ids that may not be drawn next.

        Freely spelled words are nearly always non-words; a case mark needs a word to follow it.
        """
        tokenizer = self.tokenizer
        spelling = range(tokenizer.spelling.start, tokenizer.spelling.stop)
        ids = [] if invented else [*spelling]
        if marked:
            ids += [*tokenizer.case_marks, *tokenizer.start]
        return np.array(ids, np.intp)
