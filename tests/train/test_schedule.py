from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.lm.config import Plan
from jokebox.train.presets import PRESETS
from jokebox.train.schedule import (
    WARM_UP,
    evaluation_steps,
    has_stalled,
    learning_rate,
    seconds_left,
)

CONFIG = PRESETS["standard"].training
PLAN = Plan(steps=1000, steps_per_epoch=250, precision="float32", threads=2)


def test_the_learning_rate_warms_up_then_falls_to_near_zero() -> None:
    rates = [learning_rate(step, 1000, CONFIG) for step in range(1000)]
    assert rates[:WARM_UP] == sorted(rates[:WARM_UP])
    assert rates[WARM_UP:] == sorted(rates[WARM_UP:], reverse=True)
    assert max(rates) == pytest.approx(CONFIG.learning_rate)
    assert rates[-1] < 0.02 * CONFIG.learning_rate


def test_the_tutorials_learning_rate_stays() -> None:
    config = replace(CONFIG, constant_rate=True)
    assert {learning_rate(step, 50, config) for step in range(50)} == {CONFIG.learning_rate}


def test_a_run_of_one_step_learns_at_the_full_rate() -> None:
    assert learning_rate(0, 1, CONFIG) == CONFIG.learning_rate


def test_evaluations_come_often_at_first_and_once_an_epoch_later() -> None:
    assert sorted(evaluation_steps(PLAN)) == [0, 32, 128, 250, 375, 500, 750, 1000]


def test_if_epochs_are_short_not_each_is_evaluated() -> None:
    short = replace(PLAN, steps=300, steps_per_epoch=1)
    evaluated = sorted(evaluation_steps(short))
    assert evaluated[-2:] == [296, 300]
    assert len(evaluated) < 45


def test_a_plan_that_ends_within_an_epoch_is_evaluated_at_its_end() -> None:
    assert max(evaluation_steps(replace(PLAN, steps=610))) == 610


def test_a_run_that_has_long_been_no_better_has_stalled() -> None:
    falling = [(0, 4.0), (250, 3.0), (500, 2.5)]
    assert not has_stalled(falling, PLAN)
    assert not has_stalled([*falling, (750, 2.6)], PLAN)
    assert has_stalled([*falling, (750, 2.6), (1000, 2.55)], PLAN)
    assert not has_stalled([*falling, (750, 2.6), (1000, 2.55)], replace(PLAN, steps=2000))


def test_the_time_left_counts_the_evaluations_that_are_still_to_come() -> None:
    assert seconds_left(375, PLAN, a_step=2.0, an_evaluation=10.0) == 2 * 625 + 10 * (3 + 2)
    assert seconds_left(1000, PLAN, a_step=2.0, an_evaluation=10.0) == 20, "the scores at the end"
