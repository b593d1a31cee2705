from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import torch

from jokebox.errors import StoppedError
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.scoring import encode_jokes
from jokebox.train import sizing
from jokebox.train.batches import Stream, Walk
from jokebox.train.learner import Learner
from jokebox.train.planning import fit_to_plan, make_plan, pick_rung
from jokebox.train.ranks import Ranks
from tests import small
from tests.train.processes import clock

CORPUS = small.corpus()
MODEL = small.untrained(CORPUS)
PER_EPOCH = 10


def plan(training: TrainingConfig, stop: threading.Event | None = None) -> tuple[Plan, Learner]:
    """Plan a run; return the learner as well, as the planning left it."""
    stream = Stream(CORPUS, MODEL.tokenizer)
    learner = Learner(Ranks(), ModelConfig(1, 16), training, stream.counts())
    encoded = encode_jokes(MODEL.tokenizer, CORPUS.validation, CORPUS.training)
    walk = Walk(stream, training, PER_EPOCH)
    return make_plan(learner, training, walk, encoded, stop or threading.Event()), learner


@pytest.mark.parametrize(("min_steps", "steps"), [(0, 30), (30, 30), (31, 40), (95, 100)])
def test_a_plan_has_all_its_epochs_and_more_if_they_are_short(min_steps: int, steps: int) -> None:
    planned, learner = plan(replace(small.QUICK, epochs=3, min_steps=min_steps))
    assert planned == Plan(steps, PER_EPOCH, learner.precision, torch.get_num_threads())


def test_as_many_steps_are_planned_as_the_time_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {}
    for seconds in (0.25, 0.5, 100.0):  # of a step
        monkeypatch.setattr("jokebox.train.planning.time", clock(seconds))
        planned, _ = plan(replace(small.QUICK, epochs=None, max_minutes=2))
        steps[seconds] = planned.steps
    assert 0.7 * 240 < steps[0.5] < 240  # evaluations take the rest
    assert 0.7 * 480 < steps[0.25] < 480
    assert steps[100.0] == 1


def test_the_lower_limit_counts_if_there_are_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jokebox.train.planning.time", clock(0.5))
    assert plan(replace(small.QUICK, epochs=3, max_minutes=2))[0].steps == 30
    monkeypatch.setattr("jokebox.train.planning.time", clock(0.5))
    assert plan(replace(small.QUICK, epochs=900, max_minutes=2))[0].steps < 2 * 120


def test_timing_does_not_change_what_the_run_learns() -> None:
    _, timed = plan(replace(small.QUICK, max_minutes=2))
    drawn = torch.get_rng_state()
    _, untimed = plan(small.QUICK)
    assert torch.equal(drawn, torch.get_rng_state())
    for one, other in zip(timed.weights().values(), untimed.weights().values(), strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("epochs", [2, 40])
def test_learning_rate_and_dropout_suit_the_epochs_that_are_planned(epochs: int) -> None:
    planned = Plan(epochs * PER_EPOCH, PER_EPOCH, "float32", 1)
    open_ = replace(small.QUICK, rate_by_epochs=True, dropout_by_epochs=True)
    fitted = fit_to_plan(open_, planned)
    assert fitted.learning_rate == sizing.learning_rate(epochs)
    assert fitted.output_dropout == sizing.dropout(epochs)
    assert fit_to_plan(small.QUICK, planned) == small.QUICK


RUNGS = {
    name: (ModelConfig(hidden_size=width), replace(small.QUICK, epochs=epochs))
    for name, width, epochs in (("a", 16, 1), ("b", 16, 2), ("c", 16, 4), ("d", 16, 8))
}


@pytest.mark.parametrize(
    ("seconds", "rung"),  # of a step
    [(0.001, "d"), (2.0, "d"), (4.0, "c"), (8.0, "b"), (16.0, "a"), (1000.0, "a")],
)
def test_the_largest_rung_that_ends_in_four_minutes_is_picked_else_the_smallest(
    monkeypatch: pytest.MonkeyPatch, seconds: float, rung: str
) -> None:
    def time_steps(*_: object) -> tuple[float, float]:
        return seconds, 0.0

    monkeypatch.setattr("jokebox.train.planning._time", time_steps)
    assert pick_rung(CORPUS, RUNGS, threading.Event()) == rung


def test_evaluations_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def time_steps(*_: object) -> tuple[float, float]:
        return 0.001, 25.0

    monkeypatch.setattr("jokebox.train.planning._time", time_steps)
    assert pick_rung(CORPUS, RUNGS, threading.Event()) == "b"


def test_timing_ends_if_the_run_is_stopped() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        plan(replace(small.QUICK, max_minutes=1), stop)
    with pytest.raises(StoppedError):
        pick_rung(CORPUS, {name: (ModelConfig(1, 8), small.QUICK) for name in "abc"}, stop)
