"""The choice between drafts of an answer: one that the model is sure of, and that fits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from statistics import mean

import numpy as np

from jokebox.lm.answers import Answer, draw_together
from jokebox.lm.association import Association
from jokebox.lm.config import RANGES, Manner
from jokebox.lm.generator import Generator

WAIT = 1.0  # seconds, the longest that drafting should take
LENGTH = 25  # tokens of a usual draft
TRIAL = 16  # drafts whose first tokens are timed
SUREST = 0.5  # of the drafts are compared by how their punchlines fit


def affordable_drafts(step_seconds: float) -> int:
    """Return how many drafts this machine can make within WAIT.

    `step_seconds` is how long a token of TRIAL drafts takes; with more it takes longer in
    proportion.
    """
    most = RANGES["drafts"].high
    return int(min(most, max(1, TRIAL * WAIT / (LENGTH * step_seconds))))


def time_step(generator: Generator) -> float:
    """Return how many seconds a token of TRIAL drafts takes: the better of two measurements."""
    times = []
    for _ in range(2):
        answers = [Answer(np.random.default_rng(seed)) for seed in range(TRIAL)]
        began = time.perf_counter()
        draw_together(generator, generator.fresh(), Manner(word_limit=3), answers, lambda: False)
        times.append((time.perf_counter() - began) / max(len(answer.ids) for answer in answers))
    return min(times)


class Chooser:
    """Ranks drafts of one model."""

    def __init__(self, generator: Generator) -> None:
        self._checkpoint = generator.checkpoint

    @cached_property
    def _association(self) -> Association:
        return Association(self._checkpoint.tokenizer, self._checkpoint.corpus.training)

    def rank(self, before: Sequence[int], drafts: Sequence[Answer]) -> list[Answer]:
        """Return `drafts`, the best first, as continuations of a joke that begins with `before`.

        The best is, of the SUREST by mean log-probability a token, the one whose punchline belongs
        most to its setup: sureness alone likes stock phrases, which follow any setup. A draft that
        says nothing or was cut off comes last.
        """
        ranked = sorted(drafts, key=_doubt)
        surest = ranked[: max(1, round(SUREST * len(ranked)))]
        best = max(surest, key=lambda draft: self._fit(before, draft))
        return [best, *(draft for draft in ranked if draft is not best)]

    def _fit(self, before: Sequence[int], draft: Answer) -> float:
        """Return how much the punchline of a draft belongs to its setup."""
        joke = [*before, *draft.ids]
        place = self._association.punchline(joke)
        return self._association.between(joke[:place], joke[place:])


def _doubt(draft: Answer) -> tuple[bool, float]:
    """Return what is larger the less the model is sure of a draft."""
    says_nothing = len(draft.ids) == 1 and draft.ended == "end-of-joke"
    return says_nothing or draft.ended == "limit", mean(draft.bits)
