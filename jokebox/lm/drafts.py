"""The choice between drafts of an answer: one that the model is sure of, and that fits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from statistics import mean

from jokebox.lm.answers import Answer
from jokebox.lm.association import Association
from jokebox.lm.generator import Generator

SUREST = 0.5  # of the drafts are compared by how their punchlines fit


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
        was cut off comes last.
        """
        ranked = sorted(drafts, key=lambda draft: (draft.ended == "limit", mean(draft.bits)))
        surest = ranked[: max(1, round(SUREST * len(ranked)))]
        best = max(surest, key=lambda draft: self._fit(before, draft))
        return [best, *(draft for draft in ranked if draft is not best)]

    def _fit(self, before: Sequence[int], draft: Answer) -> float:
        """Return how much the punchline of a draft belongs to its setup."""
        joke = [*before, *draft.ids]
        place = self._association.punchline(joke)
        return self._association.between(joke[:place], joke[place:])
