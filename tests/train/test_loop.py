from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from jokebox.errors import JokeboxError
from jokebox.lm.answers import Answer, speak
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, TrainingConfig
from jokebox.lm.corpus import build_corpus
from jokebox.lm.events import (
    Ended,
    Evaluated,
    Event,
    Preparing,
    Progress,
    Ready,
    Resumable,
    RolledBack,
    Scoring,
    Started,
)
from jokebox.lm.generator import Generator
from jokebox.lm.scoring import score
from jokebox.model_file import read_model
from jokebox.train.batches import Batch
from jokebox.train.learner import Learner
from jokebox.train.loop import Resume, train
from jokebox.train.network import can_compute
from jokebox.train.presets import PRESETS
from tests import small
from tests.train import processes


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return small.train(small.corpus())


def of(kind: type, events: list[Event]) -> list:  # type: ignore[type-arg]
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def test_a_run_reports_what_happens_from_start_to_end(events: list[Event]) -> None:
    (started,) = of(Started, events)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    assert (started.model, started.corpora) == ("small", ("small",))
    assert started.parameters == events[-1].checkpoint.parameters  # type: ignore[union-attr]
    assert [event.step for event in of(Progress, events)][-1] == started.steps
    assert of(Progress, events)[-1].epoch == started.epochs == 6


def test_the_untrained_model_is_sampled_first_and_training_improves_it(events: list[Event]) -> None:
    evaluated = of(Evaluated, events)
    assert evaluated[0].step == 0
    assert evaluated[0].sample.startswith("Why did the")
    assert evaluated[-1].validation_bits_per_byte < 0.7 * evaluated[0].validation_bits_per_byte


def test_the_run_ends_with_the_best_weights(events: list[Event]) -> None:
    evaluated, ended = of(Evaluated, events), events[-1]
    assert isinstance(ended, Ended)
    assert ended.checkpoint is not None
    best = min(event.validation_bits_per_byte for event in evaluated)
    assert best - 0.1 < ended.best_validation_bits_per_byte <= best
    assert ended.checkpoint.validation_bits_per_byte == ended.best_validation_bits_per_byte
    scored = score(Generator(ended.checkpoint), ended.checkpoint.corpus.validation)
    assert scored.bits_per_byte == pytest.approx(ended.best_validation_bits_per_byte, abs=0.01)
    assert ended.checkpoint.finished
    assert ended.checkpoint.test_bits_per_byte is not None
    assert len(ended.checkpoint.history.samples) == len(evaluated)


def test_the_score_while_training_is_the_score_while_talking(events: list[Event]) -> None:
    for event in of(Evaluated, events)[::3]:
        scored = score(Generator(event.checkpoint), event.checkpoint.corpus.validation)
        assert scored.bits_per_byte == pytest.approx(event.validation_bits_per_byte, abs=0.01)


def test_the_untrained_model_knows_the_word_frequencies() -> None:
    first = of(Evaluated, small.train(small.corpus(), replace(small.QUICK, epochs=1)))[0]
    uniform = math.log2(first.checkpoint.tokenizer.size)
    scored = score(Generator(first.checkpoint), first.checkpoint.corpus.validation)
    assert scored.bits / scored.tokens < 0.7 * uniform


def test_the_same_seed_gives_the_same_bits_and_another_one_does_not(events: list[Event]) -> None:
    weights = events[-1].checkpoint.weights  # type: ignore[union-attr]
    again = small.trained(small.corpus()).weights
    other = small.trained(small.corpus(), replace(small.QUICK, seed=2, epochs=1)).weights
    assert all(np.array_equal(weight, again[name]) for name, weight in weights.items())
    assert not np.array_equal(weights["embedding.weight"], other["embedding.weight"])


def test_a_stop_ends_the_run_at_the_next_batch_with_all_it_needs_to_resume() -> None:
    *_, resumable, ended = small.events(small.corpus(), stop_at=5)
    assert isinstance(ended, Ended)
    assert ended.how == "stopped"
    assert isinstance(resumable, Resumable)
    assert resumable.step == 5


@pytest.mark.parametrize("stopped_at", [1, 7, 13])
def test_a_resumed_run_ends_with_the_same_bits(stopped_at: int, events: list[Event]) -> None:
    *_, resumable, _ = small.events(small.corpus(), stop_at=stopped_at)
    assert isinstance(resumable, Resumable)
    later = small.train(small.corpus(), resume=Resume(resumable.checkpoint, resumable.state))
    assert_same_model(of(Ended, later)[0].checkpoint, of(Ended, events)[0].checkpoint)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize(
    "config",
    [replace(small.QUICK, epochs=2), replace(small.QUICK, epochs=None, max_minutes=1)],
    ids=["epochs", "minutes"],
)
def test_a_killed_run_resumed_in_another_process_ends_with_the_same_bytes(
    tmp_path: Path, config: TrainingConfig
) -> None:
    killed, straight = tmp_path / "killed", tmp_path / "straight"
    killed.mkdir()
    straight.mkdir()
    assert processes.train(killed, config, kill_at=7, save_always=True, tick=1.0) == -signal.SIGKILL
    # the plan fitted to the time is part of what a run remembers: a faster machine keeps it
    (straight / "resume").write_bytes((killed / "first").read_bytes())
    assert processes.train(killed, config, tick=0.5) == 0
    processes.train_here(straight, config)
    assert_same_model(read_model(killed / "model")[0], read_model(straight / "model")[0])


def test_minutes_decide_the_number_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(**limits: Any) -> Started:
        monkeypatch.setattr("jokebox.train.planning.time", processes.clock(1.0))
        started, *_ = of(Started, small.train(small.corpus(), replace(small.QUICK, **limits)))
        assert isinstance(started, Started)
        return started

    one, two = (started(epochs=None, max_minutes=minutes) for minutes in (1, 2))
    assert 1 < one.steps < 60 < two.steps < 120  # a step takes a second of this clock
    assert started(epochs=1, max_minutes=2).epochs == 1


def test_training_continues_from_another_model(events: list[Event]) -> None:
    start = of(Ended, events)[0].checkpoint
    more = small.train(small.corpus(), replace(small.QUICK, epochs=1), start=start)
    first, scratch = of(Evaluated, more)[0], start.history.validation[0][1]
    assert first.validation_bits_per_byte < 0.7 * scratch
    assert first.checkpoint.tokenizer == start.tokenizer


@pytest.mark.parametrize(
    "jokes",
    [
        small.jokes(20),
        [f"狗{a}为什么过{b}马路?因为{c}。" for a in "大小老" for b in "这那" for c in "它想是怕"],
        [f"{a}{b}🐔❓{c}❗" for a in "🐶🐱🐭🐹" for b in "🚗🚕🚙" for c in ("😂", "👩‍💻")],
    ],
    ids=["twenty jokes", "Chinese", "emoji"],
)
def test_the_same_code_learns_and_tells_any_corpus(jokes: list[str]) -> None:
    corpus = build_corpus(jokes, ("any",))
    checkpoint = small.trained(corpus, replace(small.QUICK, batch_size=16, sequence_length=64))
    generator = Generator(checkpoint)
    told = ""
    for seed in range(5):  # a barely trained model may begin with the end
        rng = np.random.default_rng(seed)
        spoken = speak(generator, generator.fresh(), Manner, Answer(rng))
        told += "".join(word.text for _, word in zip(range(40), spoken, strict=False))
    assert told.strip()
    history = checkpoint.history.validation
    assert history[-1][1] < history[0][1]


def test_two_hundred_thousand_jokes_are_learnt_from_and_told() -> None:
    crowd = (f"Owl {i % 999}, it is {i}." for i in range(200_000))
    corpus = build_corpus(crowd, ("many",))
    config = replace(small.QUICK, batch_size=16, sequence_length=32)
    (ended,) = of(Ended, list(small.events(corpus, config, stop_at=10)))
    assert (ended.how, len(corpus.training) > 150_000) == ("stopped", True)
    assert ended.checkpoint is not None
    generator = Generator(ended.checkpoint)
    spoken = speak(generator, generator.fresh(), Manner, Answer(np.random.default_rng(1)))
    assert any(word.text for _, word in zip(range(40), spoken, strict=False))


def test_a_small_corpus_gets_more_epochs_if_a_minimum_of_steps_asks_for_them() -> None:
    config = replace(small.QUICK, min_steps=40)
    (started,) = of(Started, small.train(small.corpus(20), config))
    assert started.steps >= 40


def test_the_tutorial_trains_and_is_scored_like_any_model() -> None:
    preset = PRESETS["tutorial"]
    config = replace(preset.training, batch_size=32, epochs=2)
    corpus = small.corpus()
    events = small.train(corpus, config, model=ModelConfig(3, 16, tied=False))
    evaluated, (started,) = of(Evaluated, events), of(Started, events)
    words = sum(len(joke.split()) for joke in corpus.training)
    assert started.tokens == words
    assert started.steps == 2 * math.ceil((words - 4) / 32)
    assert evaluated[-1].validation_bits_per_byte < evaluated[0].validation_bits_per_byte
    scored = score(Generator(evaluated[-1].checkpoint), corpus.validation)
    assert scored.bits_per_byte == pytest.approx(evaluated[-1].validation_bits_per_byte, abs=0.01)


def test_timing_a_few_steps_is_reported() -> None:
    config = replace(small.QUICK, epochs=1, max_minutes=5)
    assert of(Preparing, small.train(small.corpus(), config))


def assert_same_model(one: Checkpoint | None, other: Checkpoint | None) -> None:
    assert one is not None
    assert other is not None
    assert one.weights.keys() == other.weights.keys()
    for name, weight in one.weights.items():
        assert weight.tobytes() == other.weights[name].tobytes()
    assert one.history.validation == other.history.validation
    assert one.history.training == other.history.training
    assert one.history.samples == other.history.samples


def test_paused_time_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + paused)
    monkeypatch.setattr("jokebox.train.loop.time", clock)
    seconds = []
    for event in small.events(small.corpus(), replace(small.QUICK, epochs=1)):
        if isinstance(event, Progress | Evaluated | Ended):
            seconds.append(event.seconds)
        if isinstance(event, Progress):
            paused += 10_000
    assert max(seconds) < 10_000


def test_step_by_step_it_stands_still_before_each_batch_and_learns_the_same(
    monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    paused, by_step = 0.0, threading.Event()
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + paused)
    monkeypatch.setattr("jokebox.train.loop.time", clock)
    seen: list[Event] = []
    for event in small.events(small.corpus(), by_step=by_step):
        seen.append(event)
        if isinstance(event, Progress):
            by_step.set() if 10 <= event.step < 20 else by_step.clear()
        if isinstance(event, Ready):
            paused += 10_000
    assert [event.step for event in of(Ready, seen)] == list(range(10, 20))
    assert {*range(10, 21)} <= {event.step for event in of(Progress, seen)}
    last, plain = seen[-1], events[-1]
    assert isinstance(last, Ended)
    assert isinstance(plain, Ended)
    assert last.seconds < 10_000
    assert all(event.seconds_left < 10_000 for event in of(Progress, seen))
    assert last.checkpoint is not None
    assert plain.checkpoint is not None
    assert last.checkpoint.history == plain.checkpoint.history
    for name, weight in plain.checkpoint.weights.items():
        assert last.checkpoint.weights[name].tobytes() == weight.tobytes()


def test_scoring_that_takes_long_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jokebox.train.loop.REPORT_AFTER", 0)
    monkeypatch.setattr("jokebox.lm.scoring.BATCH", 1)
    told = small.train(small.corpus(), replace(small.QUICK, epochs=1))
    shares = [event.share for event in of(Scoring, told)]
    assert shares[0] == 0 < shares[1] < 1


def test_a_run_stopped_while_the_test_jokes_are_scored_resumes_to_the_same_end(
    monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    monkeypatch.setattr("jokebox.train.loop.REPORT_AFTER", 0)
    stop, told = threading.Event(), list[Event]()
    with patch("jokebox.train.learner.pick_precision", lambda device: "float32"):
        run = train(small.corpus(), small.SMALL, small.QUICK, name="small", stop=stop)
        for event in run:
            told.append(event)
            last = [type(event) for event in told[-2:]]
            if last == [Evaluated, Scoring] and told[-2].step == of(Started, told)[0].steps:  # type: ignore[union-attr]
                stop.set()
    *_, resumable, ended = told
    assert isinstance(resumable, Resumable)
    assert isinstance(ended, Ended)
    assert ended.how == "stopped"
    later = small.train(small.corpus(), resume=Resume(resumable.checkpoint, resumable.state))
    assert [type(event) for event in later if not isinstance(event, Scoring)] == [Started, Ended]
    assert later[-1].test_bits_per_byte == events[-1].test_bits_per_byte  # type: ignore[union-attr]


# If the loss is no number -------------------------------------------------------------------------


@pytest.fixture
def diverges(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let every step at more than a learning rate end with weights that are no numbers."""

    def diverge_above(limit: float) -> None:
        learn = Learner.learn

        def spoilt(learner: Learner, batch: Batch, rate: float) -> torch.Tensor:
            loss = learn(learner, batch, rate)
            if rate > limit:
                with torch.no_grad():
                    learner.network.output.bias.fill_(math.nan)
            return loss

        monkeypatch.setattr(Learner, "learn", spoilt)

    return diverge_above


def test_a_loss_that_is_no_number_takes_the_run_back_to_its_best_at_half_the_rate(
    diverges: Callable[[float], None],
) -> None:
    diverges(small.QUICK.learning_rate * 0.4)
    told = small.train(small.corpus())
    back = of(RolledBack, told)
    assert [event.share for event in back] == [0.5, 0.25]
    later = of(Progress, told[told.index(back[-1]) :])
    assert max(event.learning_rate for event in later) == pytest.approx(2e-2 / 4, rel=0.01)
    assert all(step <= event.step for event in back for step, _ in event.history.training)
    (ended,) = of(Ended, told)
    assert ended.how == "finished"
    assert math.isfinite(ended.best_validation_bits_per_byte)
    steps = [step for step, _ in ended.checkpoint.history.training]
    assert steps == sorted(set(steps))


def test_a_run_that_stays_without_a_number_is_given_up(diverges: Callable[[float], None]) -> None:
    diverges(0.0)
    run, told = small.events(small.corpus()), list[Event]()
    with pytest.raises(JokeboxError, match="the loss is no number"):
        told.extend(run)
    assert len(of(RolledBack, told)) == 3
    for resumable in of(Resumable, told):
        assert all(np.isfinite(tensor).all() for tensor in resumable.state.values())


@pytest.mark.parametrize("stopped_at", [1, 9, 25])
def test_a_run_that_was_rolled_back_resumes_to_the_same_bits(
    stopped_at: int, diverges: Callable[[float], None]
) -> None:
    diverges(small.QUICK.learning_rate * 0.4)
    straight = small.trained(small.corpus())
    *_, resumable, ended = small.events(small.corpus(), stop_at=stopped_at)
    assert isinstance(resumable, Resumable)
    assert (ended.how, "halvings" in resumable.state) == ("stopped", stopped_at > 1)  # type: ignore[union-attr]
    later = small.train(small.corpus(), resume=Resume(resumable.checkpoint, resumable.state))
    assert_same_model(of(Ended, later)[0].checkpoint, straight)


def test_a_run_begun_in_bfloat16_is_resumed_on_a_processor_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *_, resumable, _ = small.events(small.corpus(), stop_at=5)
    assert isinstance(resumable, Resumable)
    plan = replace(resumable.checkpoint.plan, precision="bfloat16")
    monkeypatch.setattr("jokebox.train.loop.can_compute", lambda device, precision: False)
    resume = Resume(replace(resumable.checkpoint, plan=plan), resumable.state)
    later = small.train(small.corpus(), resume=resume)
    assert of(Started, later)[0].precision == "float32"
    assert of(Ended, later)[0].how == "finished"


@pytest.mark.skipif(
    not can_compute(torch.device("cpu"), "bfloat16"), reason="no bfloat16 on this processor"
)
def test_bfloat16_learns_what_float32_learns(events: list[Event]) -> None:
    coarse = small.train(small.corpus(), precision="bfloat16")
    assert of(Started, coarse)[0].precision == "bfloat16"
    for one, other in zip(of(Evaluated, coarse), of(Evaluated, events), strict=True):
        assert one.validation_bits_per_byte == pytest.approx(
            other.validation_bits_per_byte, rel=0.1
        )
        scored = score(Generator(one.checkpoint), one.checkpoint.corpus.validation)
        assert scored.bits_per_byte == pytest.approx(one.validation_bits_per_byte, rel=0.02)
