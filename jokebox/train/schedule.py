"""How many steps a run takes, and what is done at each, as pure functions of the step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import count, takewhile

from jokebox.lm.config import Plan, TrainingConfig

WARM_UP = 20  # steps
PATIENCE = 0.3  # of the run
MOST_EVALUATIONS = 40  # in a run, beside those of its first two epochs
MOST_STEPS_A_REPORT = 10
REPORTS_AN_EPOCH = 50


def steps_per_epoch(tokens: int, walk: str, batch_size: int, sequence_length: int) -> int:
    """Return how many batches an epoch of `tokens` tokens takes."""
    if walk == "windows":
        return max(1, -(-(tokens - sequence_length) // batch_size))
    return max(1, round(tokens / (batch_size * sequence_length)))


def learning_rate(step: int, steps: int, config: TrainingConfig) -> float:
    """Return the learning rate of the 0-based `step`: linear warm-up, then cosine to near zero."""
    if config.constant_rate:
        return config.learning_rate
    warm_up = min(WARM_UP, steps // 4 + 1)
    if step < warm_up:
        return config.learning_rate * (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def should_report(step: int, plan: Plan) -> bool:
    """Return whether progress is reported after `step` steps."""
    every = min(MOST_STEPS_A_REPORT, max(1, plan.steps_per_epoch // REPORTS_AN_EPOCH))
    return step % every == 0 or step == plan.steps


@lru_cache(maxsize=1)
def evaluation_steps(plan: Plan) -> frozenset[int]:
    """Return the steps after which the model is scored: often at first, then once an epoch.

    In a run of many short epochs, only one in a few of them ends with an evaluation.
    """
    epoch = plan.steps_per_epoch
    powers = takewhile(lambda step: step < epoch, (2**n for n in count(5, 2)))  # 32, 128, 512
    ends = range(0, plan.steps, epoch * -(-plan.epochs // MOST_EVALUATIONS))
    steps = {*powers, epoch + epoch // 2, *ends, plan.steps}
    return frozenset(step for step in steps if step <= plan.steps)


def seconds_left(step: int, plan: Plan, *, a_step: float, an_evaluation: float) -> float:
    """Return how long a run will still take: steps, evaluations, and the two scores at its end."""
    evaluations = sum(later > step for later in evaluation_steps(plan)) + 2
    return a_step * (plan.steps - step) + an_evaluation * evaluations


def has_stalled(scores: Sequence[tuple[int, float]], plan: Plan) -> bool:
    """Return whether the scores (step, bits per byte) have been no better for long.

    Long is at least two epochs, and so much of the run that the falling learning rate should have
    brought something.
    """
    best, _ = min(scores, key=lambda point: point[1])
    return scores[-1][0] - best >= max(2 * plan.steps_per_epoch, PATIENCE * plan.steps)
