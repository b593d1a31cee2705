"""The choice between drafts of an answer: one that the model is sure of, and that fits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from statistics import mean

import numpy as np

from jokebox.lm.answers import Answer
from jokebox.lm.generator import Generator, State
from jokebox.lm.scoring import padded
from jokebox.lm.text import sentence_mark
from jokebox.lm.tokenizer import Tokenizer, begins_apart, split_words

SUREST = 5  # drafts that are compared by their punchlines
OTHERS = 6  # setups of other jokes
KIND = 2  # first words that jokes of a kind have in common


class Chooser:
    """Rank drafts of one model."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._setups: dict[str, State | None] = {}  # by kind

    def rank(self, before: Sequence[int], drafts: Sequence[Answer]) -> list[Answer]:
        """Return `drafts`, the best first, as continuations of a joke that begins with `before`.

        The best is, of the SUREST by mean log-probability a token, the one whose punchline gains
        most by its own setup, beside other setups: sureness alone likes stock phrases, which follow
        any setup. A draft that was cut off comes last.
        """
        surest = sorted(drafts, key=lambda draft: (draft.ended == "limit", mean(draft.bits)))
        gains = self._gains(before, surest[:SUREST])
        best = surest.pop(int(np.argmax(gains)))
        return [best, *surest]

    def _gains(self, before: Sequence[int], drafts: Sequence[Answer]) -> list[float]:
        """Return how many bits each draft's punchline costs less than after the other setups."""
        tokenizer = self._generator.tokenizer
        others = self._others_like(tokenizer.decode((*before, *drafts[0].ids)))
        if others is None:
            return [0.0] * len(drafts)
        own, punchlines = [], []
        for draft in drafts:
            place = max(0, punchline(tokenizer, (*before, *draft.ids)) - len(before))
            own.append(sum(draft.bits[place:]))
            punchlines += [draft.ids[place:]] * OTHERS
        states = others.rows([*range(OTHERS)] * len(drafts))
        elsewhere = self._generator.costs(states, padded(punchlines)).reshape(-1, OTHERS)
        return [float(costs.mean() - cost) for costs, cost in zip(elsewhere, own, strict=True)]

    def _others_like(self, joke: str) -> State | None:
        """Return the states after the setups of OTHERS training jokes that begin like `joke`."""
        kind = _kind(joke)
        if kind not in self._setups:
            self._setups[kind] = self._read_setups(kind)
        return self._setups[kind]

    def _read_setups(self, kind: str) -> State | None:
        generator, tokenizer = self._generator, self._generator.tokenizer
        encoded = (
            tokenizer.encode(joke)
            for joke in generator.checkpoint.corpus.training
            if _kind(joke) == kind
        )
        setups = (ids[: punchline(tokenizer, ids)] for ids in encoded)
        chosen = list(islice(filter(None, setups), OTHERS))
        if len(chosen) < OTHERS:
            return None
        return State.stacked([generator.read(generator.fresh(), ids) for ids in chosen])


def punchline(tokenizer: Tokenizer, ids: Sequence[int]) -> int:
    """Return the place in `ids` at which the punchline of a joke begins.

    It is what follows the last question, else the last sentence; 0 if that is all.
    """
    question = sentence = place = 0
    mark = ""
    for word in split_words(tokenizer, ids):
        if mark and word[0] != tokenizer.end and begins_apart(tokenizer, word[0]):
            sentence = place
            question = place if mark == "?" else question
        mark = sentence_mark(tokenizer.decode_spaced(word), mark)
        place += len(word)
    return question or sentence


def _kind(joke: str) -> str:
    return " ".join(joke.casefold().split()[:KIND])
