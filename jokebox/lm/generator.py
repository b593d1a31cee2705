"""The LSTM of train/network.py in NumPy, one token at a time: how a model reads and talks.

Top to bottom: a state before and after each token, one LSTM step, the scores of the next token, and
which tokens may be drawn. No PyTorch here: importing it takes longer than telling ten jokes.

L layers, H units, V tokens; M tokens in the pointer's memory, with keys of size K. "..." is a batch
of any shape; a talk has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import POINTER_MEMORY, Sampling
from jokebox.lm.sampling import drawn, log_softmax, token_bits

Array = NDArray[np.float32]
Ids = NDArray[np.int64]
CACHED_TOKENS = 1000  # whose product with the first layer is kept: 8 KB each if H is 512


@dataclass(frozen=True)
class State:
    """What the network remembers after all the tokens it has read.

    The pointer's memory, of the last tokens of the joke, is empty without a pointer and when a joke
    begins.
    """

    h: Array  # (L, ..., H), the output of each layer
    c: Array  # (L, ..., H), its cell
    keys: Array = field(default_factory=lambda: np.zeros((0, 0), np.float32))  # (..., M, K)
    ids: Ids = field(default_factory=lambda: np.zeros(0, np.int64))  # (..., M); -1 is not copied

    def repeated(self, number: int) -> State:
        """Return a batch of `number` such states: (L, H) gives (L, number, H)."""
        one = State(self.h[:, None], self.c[:, None], self.keys[None], self.ids[None])
        return one.rows([0] * number)

    def rows(self, chosen: Sequence[int]) -> State:
        """Return the `chosen` states of a batch."""
        h, c = self.h[:, chosen], self.c[:, chosen]
        return State(h, c, self.keys[chosen], self.ids[chosen])

    @classmethod
    def stacked(cls, states: Sequence[State]) -> State:
        """Return `states` (L, H) as a batch; a shorter memory is padded with nothing to copy."""
        longest = max(len(state.ids) for state in states)
        keys, ids = [], []
        for state in states:
            missing = longest - len(state.ids)
            keys.append(np.pad(state.keys, ((missing, 0), (0, 0))))
            ids.append(np.pad(state.ids, (missing, 0), constant_values=-1))
        h, c = (np.stack(parts, 1) for parts in zip(*((s.h, s.c) for s in states), strict=True))
        return cls(h, c, np.stack(keys), np.stack(ids))


@dataclass(frozen=True)
class Choice:
    """A word that could come next, its probability under the model, and its ids.

    `copied` is the part of the probability that is copied from the joke so far. `drawn` is how
    likely it is to be drawn with a temperature and filters; 0 if they exclude it.
    """

    text: str
    p: float
    ids: tuple[int, ...]
    copied: float = 0.0
    drawn: float = 0.0


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
        self._pointer_size = checkpoint.model.pointer_size
        if self._pointer_size:
            scale = np.float32(self._pointer_size**-0.5)
            self._query = weights["query.weight"] * scale  # (K, H)
            self._query_bias = weights["query.bias"] * scale  # (K,)
            self._key = weights["key.weight"]  # (K, H)
            self._sentinel = weights["sentinel.weight"][0] / scale  # (K,)
            self._sentinel_bias = weights["sentinel.bias"][0]
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
        return State(
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
            np.zeros((*batch, 0, self._pointer_size), np.float32),
            np.zeros((*batch, 0), np.int64),
        )

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
        h, c, _ = self.cells(state.h, state.c, ids)
        return State(h, c, *self._remember(state, ids, h[-1]))

    def cells(
        self, before_h: Array, before_c: Array, ids: NDArray[np.integer]
    ) -> tuple[Array, Array, list[Array]]:
        """Read one token each, without the pointer: ids (...) and outputs and cells (L, ..., H).

        Returns the outputs and cells after it, and the gates of each layer (..., 4, H): input,
        forget, what may be written, output.
        """
        h, c, opened = np.empty_like(before_h), np.empty_like(before_c), []
        gates = self._cached_input_gates(int(ids)) if ids.ndim == 0 else self._input_gates(ids)
        for i, (from_input, from_hidden, bias) in enumerate(self.layers):
            if i > 0:
                gates = h[i - 1] @ from_input.T + bias  # (..., 4H)
            gates = gates + before_h[i] @ from_hidden.T  # (..., 4H)
            gates = np.tanh(gates * self._scale) * self._scale + self._shift
            gates = gates.reshape(*ids.shape, 4, -1)  # (..., 4, H) in torch's order: i, f, g, o
            c[i] = gates[..., 1, :] * before_c[i] + gates[..., 0, :] * gates[..., 2, :]
            h[i] = gates[..., 3, :] * np.tanh(c[i])
            opened.append(gates)
        return h, c, opened

    def _remember(self, state: State, ids: NDArray[np.integer], output: Array) -> tuple[Array, Ids]:
        """Return the pointer's memory after `ids`, with the last layer's `output` (..., H)."""
        if not self._pointer_size:
            return state.keys, state.ids
        ends = ids == self.tokenizer.end  # another joke begins: nothing of this one is copied
        if ends.all():
            return state.keys[..., :0, :], state.ids[..., :0]
        key = output @ self._key.T  # (..., K)
        keys = np.concatenate([state.keys[..., 1 - POINTER_MEMORY :, :], key[..., None, :]], -2)
        seen = np.concatenate([state.ids[..., 1 - POINTER_MEMORY :], ids[..., None]], -1)
        return keys, np.where(ends[..., None], -1, seen) if ends.any() else seen

    def _input_gates(self, ids: NDArray[np.integer] | int) -> Array:
        """Return what tokens add to the gates of the first layer: ids (...) give (..., 4H)."""
        from_input, _, bias = self.layers[0]
        gates: Array = self.embedding[ids] @ from_input.T + bias
        return gates

    # The next token -------------------------------------------------------------------------------

    def log_p(self, state: State) -> Array:
        """Return the natural-log probabilities of the next token: (..., V)."""
        log_p = log_softmax(state.h[-1] @ self.output.T + self.output_bias)
        if not state.ids.shape[-1]:
            return log_p
        weights, sentinel = self._weights(state)  # (..., M), (..., 1)
        log_p += np.log(np.maximum(sentinel, np.finfo(np.float32).tiny))  # it may copy only
        same = state.ids[..., :, None] == state.ids[..., None, :]  # (..., M, M)
        copied = (same @ weights[..., None])[..., 0]  # (..., M), of the token at each place
        # plain indices: those along an axis would take longer than all else here
        at = (np.arange(len(log_p))[:, None], state.ids) if log_p.ndim > 1 else state.ids
        known = log_p[at]  # (..., M); what -1 takes is put back
        both = np.logaddexp(known, np.log(np.maximum(copied, 1e-20)))
        log_p[at] = np.where(state.ids < 0, known, both)
        return log_p

    def _weights(self, state: State) -> tuple[Array, Array]:
        """Return the probability of copying each token (..., M), and the vocabulary's (..., 1)."""
        query = state.h[-1] @ self._query.T + self._query_bias  # (..., K)
        scores = (state.keys @ query[..., None])[..., 0]  # (..., M)
        scores = np.where(state.ids < 0, -np.inf, scores)
        sentinel = query @ self._sentinel + self._sentinel_bias  # (...)
        scores = np.concatenate([scores, sentinel[..., None]], -1)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        return scores[..., :-1], scores[..., -1:]

    def copied(self, state: State, id: int) -> tuple[float, int]:
        """Return the probability that `id` comes next as a copy, and the place of the likeliest.

        Places count back from the last token, which is 1; 0 is none.
        """
        places = (state.ids == id).nonzero()[0]
        if not len(places):
            return 0.0, 0
        weights = self._weights(state)[0][places]
        return float(weights.sum()), len(state.ids) - int(places[weights.argmax()])

    def cost(self, state: State, ids: Sequence[int]) -> float:
        """Return how many bits `ids` cost after `state`."""
        cost = 0.0
        for id in ids:
            cost += token_bits(self.log_p(state), id)
            state = self.read(state, (id,))
        return cost

    def costs(self, state: State, ids: Ids) -> NDArray[np.float64]:
        """Return how many bits each row of `ids` (B, T) costs after its state of a batch: (B,).

        Rows are padded at the end with -1, which costs nothing.
        """
        rows, bits = np.arange(len(ids)), np.zeros(len(ids))
        for t, column in enumerate(ids.T):
            if t:
                state = self.step(state, ids[:, t - 1].clip(0))
            log_p = self.log_p(state)[rows, column]  # (B,)
            bits -= np.where(column < 0, 0, log_p) / np.log(2)
        return bits

    def next_words(
        self, state: State, number: int, sampling: Sampling | None = None
    ) -> list[Choice]:
        """Return the likeliest next words, best first; the end of the joke is the empty one.

        With `sampling` they say how likely each is to be drawn.
        """
        sampling = sampling or Sampling(temperature=1.0, min_p=0.0)
        found: list[Choice] = []
        marks = self.tokenizer.case_marks
        first = self._drawn(state, sampling, marked=False)
        for before in ((), *((mark,) for mark in marks)):  # a word as it is, and after each mark
            after = self.read(state, before)
            p = np.exp(self.log_p(after))  # (V,)
            share = 2 ** -self.cost(state, before)
            drawn = self._drawn(after, sampling, marked=bool(before))  # (V,)
            if before:
                drawn *= first[before[0]]
            drawn[[*marks]] = 0.0  # they come with their word
            p[[*marks, *range(self.tokenizer.size)[self.tokenizer.spelling]]] = 0.0
            for id in np.argsort(-p)[:number].tolist():
                ends = id == self.tokenizer.end
                if before and ends:
                    continue
                text = "" if ends else self.tokenizer.decode_spaced((*before, id))
                copied = share * self.copied(after, id)[0]
                ids, told = (*before, id), float(drawn[id])
                found.append(Choice(text, share * float(p[id]), ids, copied, told))
        return sorted(found, key=lambda choice: -choice.p)[:number]

    def _drawn(self, state: State, sampling: Sampling, *, marked: bool) -> Array:
        """Return how likely each id is to be drawn next, if no word may be invented: (V,)."""
        return drawn(self.log_p(state), sampling, self._forbidden[False, marked])

    # What may be drawn ---------------------------------------------------------------------------

    def forbidden(
        self, seen: Ids, word: Sequence[int], *, invented_words: bool
    ) -> NDArray[np.intp]:
        """Return the ids that may not follow the first ids of a `word`, the last of `seen` (M,).

        Unless words may be invented, one is spelled only if it is spelled in the joke already, or
        if the model knows no words, but spells all that it says.
        """
        invented_words = invented_words or not self.tokenizer.words
        marked = bool(word) and word[-1] in self.tokenizer.case_marks
        forbidden = self._forbidden[invented_words, marked]
        begun = tuple(id for id in word if id not in self.tokenizer.case_marks)
        if invented_words or not self._pointer_size:
            return forbidden
        spelled = self._spelled(seen[: len(seen) - len(word)].tolist())
        if not spelled:
            return forbidden
        follow = {s[len(begun)] for s in spelled if s[: len(begun)] == begun and s != begun}
        if follow and begun and begun not in spelled:  # in the middle of one: only its next byte
            return np.setdiff1d(np.arange(self.tokenizer.size), [*follow])
        return np.setdiff1d(forbidden, [*follow])

    def _spelled(self, ids: Sequence[int]) -> set[tuple[int, ...]]:
        """Return the words in `ids` that are spelled."""
        words: set[tuple[int, ...]] = set()
        word: list[int] = []
        spelling = range(self.tokenizer.size)[self.tokenizer.spelling]
        for before, id in pairwise((self.tokenizer.size, *ids, self.tokenizer.size)):
            if word and (id not in spelling or self.tokenizer.begins_word(before, id)):
                words.add(tuple(word))
                word = []
            if id in spelling:
                word.append(id)
        return words

    def _forbidden_ids(self, *, invented: bool, marked: bool) -> NDArray[np.intp]:
        """Return the ids that may not be drawn next.

        Freely spelled words are nearly always non-words; a case mark needs a word to follow it, not
        a full stop or a number.
        """
        tokenizer = self.tokenizer
        spelling = range(tokenizer.spelling.start, tokenizer.spelling.stop)
        ids = [] if invented else [*spelling]
        if marked:
            ids += [*tokenizer.case_marks, *tokenizer.start]
            words = range(spelling.stop, tokenizer.size)
            ids += [id for id in words if not _has_case(tokenizer.decode_spaced((id,)))]
        return np.array(ids, np.intp)


def _has_case(text: str) -> bool:
    return text.upper() != text.lower()
