"""Drafts of an answer: drawn together, and chosen by how sure the model is and what fits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
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
LOOP = 6  # tokens: of 250 jokes that people wrote, one repeats so many
FIT = 0.4  # bits a token that a draft may cost more for each nat by which its words belong together


def affordable_drafts(step_seconds: float) -> int:
    """Return how many drafts this machine can make within WAIT.

    `step_seconds` is how long a token of TRIAL drafts takes; with more it takes longer in
    proportion.
    """
    most = RANGES["drafts"].high
    return int(min(most, max(1, TRIAL * WAIT / (LENGTH * step_seconds))))


def time_step(generator: Generator) -> float:
    """Return how many seconds a token of TRIAL drafts takes.

    It is the better of two measurements, unless the first allows any number of drafts.
    """
    first = _measure_step(generator)
    if affordable_drafts(first) == RANGES["drafts"].high:
        return first
    return min(first, _measure_step(generator))


def _measure_step(generator: Generator) -> float:
    answers = [Answer(np.random.default_rng(seed)) for seed in range(TRIAL)]
    began = time.perf_counter()
    draw_together(generator, generator.fresh(), Manner(word_limit=3), answers, lambda: False)
    return (time.perf_counter() - began) / max(len(answer.ids) for answer in answers)


class Drafter:
    """Draws drafts with one model, and ranks them."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._counted: Association | None = None

    def change_generator(self, generator: Generator) -> None:
        """Draw with other weights; what was counted is kept if they learnt the same jokes."""
        before, now = self._generator.checkpoint, generator.checkpoint
        if (before.tokenizer, before.corpus) != (now.tokenizer, now.corpus):
            self._counted = None
        self._generator = generator

    def prepare(self) -> Association:
        """Return which words belong together, counted when this is first called."""
        if self._counted is None:
            checkpoint = self._generator.checkpoint
            self._counted = Association(checkpoint.tokenizer, checkpoint.corpus.learnt)
        return self._counted

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
        2017 steer poems towards a topic, and common words towards those that agree.
        """
        association = self.prepare()
        draw_together(
            self._generator,
            state,
            manner,
            drafts,
            stopped,
            lambda draft: association.pull([*before, *draft.ids[-LONGEST:]][-LONGEST:]),
        )

    def rank(self, before: Sequence[int], drafts: Sequence[Answer]) -> list[Answer]:
        """Return `drafts`, the best first, as continuations of a joke that begins with `before`.

        The best is one that the model is sure of and whose punchline belongs to its setup: sureness
        alone likes stock phrases, which follow any setup. A draft that says nothing, was cut off or
        goes round in a loop comes last.
        """
        return sorted(drafts, key=lambda draft: (_failed(draft), self._cost(before, draft)))

    def _cost(self, before: Sequence[int], draft: Answer) -> float:
        """Return the bits a token of a draft, less what its punchline has to do with its setup."""
        joke, association = [*before, *draft.ids], self.prepare()
        place = association.punchline(joke)
        return mean(draft.bits) - FIT * association.between(joke[:place], joke[place:])


def _failed(draft: Answer) -> bool:
    says_nothing = len(draft.ids) == 1 and draft.ended == "end-of-joke"
    return says_nothing or draft.ended == "limit" or _loops(draft.ids)


def _loops(ids: Sequence[int]) -> bool:
    """Return whether LOOP ids in a row stand in `ids` twice: a model is surest of copies."""
    runs = [tuple(ids[i : i + LOOP]) for i in range(len(ids) - LOOP + 1)]
    return len(set(runs)) < len(runs)
