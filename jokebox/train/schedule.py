"""How many steps a run takes, and what is done at each, as pure functions of the step."""

from __future__ import annotations

import math
from collections.abc import Sequence

from jokebox.lm.config import Plan, TrainingConfig

WARM_UP = 20  # steps
PATIENCE = 0.3  # of the run
MOST_EVALUATIONS = 40  # a run, beside those of its first two epochs


def steps_per_epoch(tokens: int, walk: str, batch_size: int, sequence_length: int) -> int:
    """How many batches an epoch of `tokens` tokens takes."""
    if walk == "windows":
        return max(1, -(-(tokens - sequence_length) // batch_size))
    return max(1, round(tokens / (batch_size * sequence_length)))


def learning_rate(step: int, steps: int, config: TrainingConfig) -> float:
    """The learning rate of the 0-based `step`: linear warm-up, then a cosine to near zero."""
    if config.constant_rate:
        return config.learning_rate
    warm_up = min(WARM_UP, steps // 4 + 1)
    if step < warm_up:
        return config.learning_rate * (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def is_evaluated(step: int, plan: Plan) -> bool:
    """Whether the model is scored after `step` steps: often at first, then once an epoch.

    Where epochs are many, and so short, one in a few of them is enough.
    """
    epoch = plan.steps_per_epoch
    if step in (0, plan.steps) or step % (epoch * -(-plan.epochs // MOST_EVALUATIONS)) == 0:
        return True
    if step < epoch:
        return step >= 32 and step.bit_count() == 1 and step.bit_length() % 2 == 0  # 32, 128, 512
    return step < 2 * epoch and step % epoch == epoch // 2


def has_stalled(history: Sequence[tuple[int, float]], plan: Plan) -> bool:
    """Whether the scores (step, bits per byte) have long been no better: early stopping.

    Long is two epochs at least, and so much of the run that the falling learning rate should have
    brought something.
    """
    best, _ = min(history, key=lambda point: point[1])
    return history[-1][0] - best >= max(2 * plan.steps_per_epoch, PATIENCE * plan.steps)
