from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig
from jokebox.lm.corpus import build_corpus
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Progress, Resumable, Started
from jokebox.lm.generator import Generator
from jokebox.lm.scoring import score
from jokebox.model_file import read_model
from jokebox.train.loop import Resume, train
from jokebox.train.presets import PRESETS
from tests import small

MODEL = ModelConfig(1, 16)


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return small.train(small.corpus())


def of(kind: type, events: list[Event]) -> list:  # type: ignore[type-arg]
    return [event for event in events if isinstance(event, kind)]


def test_a_run_says_what_happens_from_start_to_end(events: list[Event]) -> None:
    (started,) = of(Started, events)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Ended)
    assert (started.model, started.corpora) == ("small", ("small",))
    assert started.parameters == events[-1].checkpoint.parameters  # type: ignore[union-attr]
    assert [event.step for event in of(Progress, events)][-1] == started.steps
    assert of(Progress, events)[-1].epoch == started.epochs == 6


def test_the_untrained_model_speaks_first_and_learning_helps(events: list[Event]) -> None:
    evaluated = of(Evaluated, events)
    assert evaluated[0].step == 0
    assert evaluated[0].sample.startswith("Why did the")
    assert evaluated[-1].validation_bits_per_byte < 0.7 * evaluated[0].validation_bits_per_byte


def test_the_best_weights_are_kept(events: list[Event]) -> None:
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
    other = small.trained(small.corpus(), replace(small.QUICK, seed=2)).weights
    assert all(np.array_equal(weight, again[name]) for name, weight in weights.items())
    assert not np.array_equal(weights["embedding.weight"], other["embedding.weight"])


def test_a_stop_ends_the_run_at_the_next_batch_with_all_it_needs_to_go_on() -> None:
    stop = threading.Event()
    events: list[Event] = []
    for event in train(small.corpus(), MODEL, small.QUICK, name="small", stop=stop):
        events.append(event)
        if isinstance(event, Progress) and event.step == 5:
            stop.set()
    assert isinstance(events[-1], Ended)
    assert events[-1].how == "stopped"
    assert isinstance(events[-2], Resumable)
    assert events[-2].step == 5


@pytest.mark.parametrize("stopped_at", [1, 7, 13])
def test_a_stopped_run_goes_on_to_the_same_bits(stopped_at: int, events: list[Event]) -> None:
    stop = threading.Event()
    resumable = None
    for event in train(small.corpus(), MODEL, small.QUICK, name="small", stop=stop):
        if isinstance(event, Progress) and event.step == stopped_at:
            stop.set()
        if isinstance(event, Resumable):
            resumable = event
    assert resumable is not None
    resume = Resume(resumable.checkpoint, resumable.state)
    later = small.train(small.corpus(), resume=resume)
    assert_same_model(of(Ended, later)[0].checkpoint, of(Ended, events)[0].checkpoint)


CHILD = """
import os, signal, sys
from pathlib import Path
from threading import Event
sys.path.insert(0, sys.argv[4])
from jokebox.model_file import read_model, write_model
from jokebox.lm.config import ModelConfig
from jokebox.lm.events import Ended, Progress, Resumable
from jokebox.train import loop
from tests import small
folder, kill_at, config = Path(sys.argv[1]), int(sys.argv[2]), small.QUICK
loop.RESUMABLE_EVERY = 0.0
if sys.argv[3] == "minutes":
    import dataclasses
    config = dataclasses.replace(config, epochs=None, max_minutes=0.05)
resume = folder / "resume"
origin = loop.Resume(*read_model(resume)) if resume.exists() else None
for event in loop.train(
    small.corpus(), ModelConfig(1, 16), config, name="small", stop=Event(), resume=origin
):
    if isinstance(event, Resumable):
        temporary = folder / "new"
        write_model(temporary, event.checkpoint, event.state)
        if not (folder / "first").exists():
            (folder / "first").write_bytes(temporary.read_bytes())
        temporary.replace(resume)
    if isinstance(event, Progress) and event.step == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)
    if isinstance(event, Ended):
        write_model(folder / "model", event.checkpoint)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("limit", ["epochs", "minutes"])
def test_a_killed_process_resumed_in_another_ends_with_the_same_bytes(
    tmp_path: Path, limit: str
) -> None:
    kill_at = int(np.random.default_rng().integers(2, 12))

    def child(folder: Path, kill_at: int) -> int:
        root = str(Path(__file__).parents[2])
        command = [sys.executable, "-c", CHILD, str(folder), str(kill_at), limit, root]
        return subprocess.run(command, check=False, cwd=root, env=dict(os.environ)).returncode

    killed, whole = tmp_path / "killed", tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    assert child(killed, kill_at) == -signal.SIGKILL
    # the plan that was fitted to the time is part of what a run remembers
    (whole / "resume").write_bytes((killed / "first").read_bytes())
    assert child(killed, -1) == 0
    assert child(whole, -1) == 0
    assert_same_model(read_model(killed / "model")[0], read_model(whole / "model")[0])


def test_minutes_decide_the_number_of_steps() -> None:
    config = replace(small.QUICK, epochs=None, max_minutes=0.05)
    events = small.train(small.corpus(), config)
    (started,) = of(Started, events)
    assert started.steps > 1
    assert isinstance(events[-1], Ended)
    assert events[-1].how == "finished"
    both = of(Started, small.train(small.corpus(), replace(config, epochs=1)))[0]
    assert both.epochs == 1


def test_training_goes_on_from_another_model() -> None:
    start = small.trained(small.corpus())
    events = small.train(small.corpus(), replace(small.QUICK, epochs=1), start=start)
    first, scratch = of(Evaluated, events)[0], start.history.validation[0][1]
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
        spoken = generator.speak(generator.fresh(), Manner, rng)
        told += "".join(word.text for _, word in zip(range(40), spoken, strict=False))
    assert told.strip()
    history = checkpoint.history.validation
    assert history[-1][1] < history[0][1]


def test_two_hundred_thousand_jokes_are_learnt_from_and_told() -> None:
    crowd = (f"Why did owl {i % 999} call cow {i}? It was {i % 7} o'clock." for i in range(200_000))
    corpus, stop = build_corpus(crowd, ("many",)), threading.Event()
    config = replace(small.QUICK, batch_size=16, sequence_length=32)
    events: list[Event] = []
    for event in train(corpus, ModelConfig(1, 16), config, name="many", stop=stop):
        events.append(event)
        if isinstance(event, Progress):
            stop.set()
    (ended,) = of(Ended, events)
    assert (ended.how, len(corpus.training) > 150_000) == ("stopped", True)
    assert ended.checkpoint is not None
    generator = Generator(ended.checkpoint)
    spoken = generator.speak(generator.fresh(), Manner, np.random.default_rng(1))
    assert any(word.text for _, word in zip(range(40), spoken, strict=False))


def test_a_small_corpus_gets_more_epochs_unless_told_otherwise() -> None:
    config = replace(small.QUICK, min_steps=40)
    (started,) = of(Started, small.train(small.corpus(20), config))
    assert started.steps >= 40


def test_the_tutorial_trains_and_is_scored_like_any_model() -> None:
    preset = PRESETS["tutorial"]
    config = replace(preset.training, batch_size=32, epochs=2)
    corpus = small.corpus()
    events = small.train(corpus, config, ModelConfig(3, 16, tied=False))
    evaluated, (started,) = of(Evaluated, events), of(Started, events)
    words = sum(len(joke.split()) for joke in corpus.training)
    assert started.tokens == words
    assert started.steps == 2 * math.ceil((words - 4) / 32)
    assert evaluated[-1].validation_bits_per_byte < evaluated[0].validation_bits_per_byte
    scored = score(Generator(evaluated[-1].checkpoint), corpus.validation)
    assert scored.bits_per_byte == pytest.approx(evaluated[-1].validation_bits_per_byte, abs=0.01)


def test_timing_a_few_steps_is_said() -> None:
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


def test_a_held_run_does_not_age(monkeypatch: pytest.MonkeyPatch) -> None:
    held = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + held)
    monkeypatch.setattr("jokebox.train.loop.time", clock)
    seconds = []
    for event in train(small.corpus(), MODEL, small.QUICK, name="m", stop=threading.Event()):
        if isinstance(event, Progress | Evaluated | Ended):
            seconds.append(event.seconds)
        if isinstance(event, Progress):
            held += 10_000
    assert max(seconds) < 10_000
