"""Drafts of an answer: drawn together, and chosen by how sure the model is and what fits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from statistics import mean

import numpy as np

from jokebox.lm.answers import Answer, draw_together
from jokebox.lm.association import Association
from jokebox.lm.config import RANGES, Manner
from jokebox.lm.generator import Generator, State

WAIT = 1.0  # seconds, the longest that drafting should take
LENGTH = 25  # tokens of a usual draft
TRIAL = 16  # drafts whose first tokens are timed
LONGEST = 200  # tokens of a joke that pull its punchline: a talk without an end has no more
FIT = 0.4  # bits a token that a draft may cost more for each nat by which its words belong together


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


class Drafter:
    """Draws drafts with one model, and ranks them."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    @cached_property
    def _association(self) -> Association:
        checkpoint = self._generator.checkpoint
        return Association(checkpoint.tokenizer, checkpoint.corpus.learnt)

    def draw(
        self,
        state: State,
        before: Sequence[int],
        manner: Manner,
        drafts: Sequence[Answer],
        stopped: Callable[[], bool],
    ) -> None:
        """Draw all `drafts`, as continuations of a joke that begins with `before`, or be `stopped`.

        Punchlines are pulled towards words that belong to their setups, as Ghazvininejad et al.
        2017 steer poems towards a topic.
        """
        draw_together(
            self._generator,
            state,
            manner,
            drafts,
            stopped,
            lambda draft: self._association.pull([*before, *draft.ids[-LONGEST:]][-LONGEST:]),
        )

    def rank(self, before: Sequence[int], drafts: Sequence[Answer]) -> list[Answer]:
        """Return `drafts`, the best first, as continuations of a joke that begins with `before`.

        The best is one that the model is sure of and whose punchline belongs to its setup: sureness
        alone likes stock phrases, which follow any setup. A draft that says nothing or was cut off
        comes last.
        """
        return sorted(drafts, key=lambda draft: (_failed(draft), self._cost(before, draft)))

    def _cost(self, before: Sequence[int], draft: Answer) -> float:
        """Return the bits a token of a draft, less what its punchline has to do with its setup."""
        joke = [*before, *draft.ids]
        place = self._association.punchline(joke)
        return mean(draft.bits) - FIT * self._association.between(joke[:place], joke[place:])


def _failed(draft: Answer) -> bool:
    says_nothing = len(draft.ids) == 1 and draft.ended == "end-of-joke"
    return says_nothing or draft.ended == "limit"
