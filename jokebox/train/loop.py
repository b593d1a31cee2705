"""Training as an iterator of events: the screen, the shell and the tests read the same ones."""

from __future__ import annotations

import math
import platform
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import jokebox
from jokebox.errors import JokeboxError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Progress, Resumable, Started
from jokebox.lm.generator import Generator
from jokebox.lm.scoring import prepare
from jokebox.lm.tokenizer import TOKENIZERS, Tokenizer
from jokebox.train import batches, sizing
from jokebox.train.batches import Batch, Stream, common_opening
from jokebox.train.learner import Learner
from jokebox.train.presets import with_dropout
from jokebox.train.ranks import Ranks, World, world
from jokebox.train.schedule import has_stalled, is_evaluated, learning_rate, steps_per_epoch

RESUMABLE_EVERY = 10.0  # seconds
TIMED_STEPS = 12  # to fit a plan to a time; the first few are slower
VALIDATION_JOKES = 2000  # scored while training; enough for three digits
MORE_EVALUATIONS = 7  # than one an epoch: at the beginning, and to fit and test at the end
SAVE_SECONDS = 8e-8  # a weight: five copies of it, hashed and written after each evaluation
TEMPERATURES = (0.9, 1.0, 1.1, 1.2)  # one of them is fitted when a run is finished
SAMPLE_WORDS = 30
SAMPLE_SEED = 1


@dataclass(frozen=True)
class Resume:
    """A stopped run: its best checkpoint and its live tensors, as its last `Resumable` had them."""

    checkpoint: Checkpoint
    state: Mapping[str, NDArray[Any]]


def train(
    corpus: Corpus,
    model: ModelConfig,
    training: TrainingConfig,
    *,
    name: str,
    stop: threading.Event,
    start: Checkpoint | None = None,
    resume: Resume | None = None,
) -> Iterator[Event]:
    """Train a model and say what happens.

    `start` gives the first weights and the tokenizer of a new run; `resume` goes on with a stopped
    one, to the same bits on the same machine. Setting `stop` ends the run at the next batch, with
    a last `Resumable` before `Ended`. Closing the iterator ends it too, and says nothing. Not
    going on after a `Progress` holds the run: its clock stands still meanwhile.

    Started by torchrun, this is what rank 0 does; the others `assist` it. A run may be resumed by
    more or fewer ranks; the bits are the same where there are as many.
    """
    origin = resume.checkpoint if resume else start
    tokenizer = origin.tokenizer if origin else TOKENIZERS[training.tokens].fit(corpus.training)
    ranks = world(stop)
    _check_rows(ranks, corpus, training)
    with ranks:
        yield from _lead(ranks, (name, corpus, model, training, tokenizer), stop, start, resume)


def _lead(
    ranks: World,
    chosen: tuple[str, Corpus, ModelConfig, TrainingConfig, Tokenizer],
    stop: threading.Event,
    start: Checkpoint | None,
    resume: Resume | None,
) -> Iterator[Event]:
    """The run apart from the meeting of the ranks, so that it is let go before they part."""
    training = chosen[3]
    if training.max_minutes is not None and not resume:
        yield Preparing("Timing a few steps")
    run = _Run(ranks, *ranks.broadcast(chosen))
    run.begin(start, resume)
    yield run.started()
    for event in run.go(stop):
        handed_over = time.monotonic()
        yield event
        if isinstance(event, Progress):  # the others may be held to save what they carry
            run.began += time.monotonic() - handed_over


def assist() -> None:
    """What every rank but the first does: take its share of each step, and say nothing.

    A signal before the ranks have met ends it. After that rank 0, which gets it too, ends them all.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    ranks = Ranks(stop)
    with ranks:
        _follow(ranks)


def _follow(ranks: Ranks) -> None:
    """As `_lead`, for the others."""
    run = _Run(ranks, *next(ranks.orders()))
    run.begin()
    run.follow(ranks.orders())


def _check_rows(ranks: World, corpus: Corpus, training: TrainingConfig) -> None:
    """Raise JokeboxError where a rank would have no row of its own to walk."""
    rows = training.sequence_length if training.walk == "windows" else training.batch_size
    rows = min(rows, len(corpus.training))  # an epoch has a token a joke, or more
    if ranks.size > rows:
        raise JokeboxError(
            "too many ranks",
            f"{ranks.size} ranks cannot share {rows} rows of text",
            "Start fewer of them, or ask for a larger --batch-size.",
        )


class _Run:
    """One run: its learner, its plan, its walk through the text, and what it has seen."""

    def __init__(
        self,
        ranks: World,
        name: str,
        corpus: Corpus,
        model: ModelConfig,
        training: TrainingConfig,
        tokenizer: Tokenizer,
    ) -> None:
        self.ranks = ranks
        self.name, self.corpus, self.model, self.training = name, corpus, model, training
        self.tokenizer = tokenizer
        self.stream = Stream(corpus, tokenizer)
        self.validation = prepare(tokenizer, corpus.validation[:VALIDATION_JOKES], corpus.training)
        self.sample_prompt = common_opening(corpus.training)
        self.learner = Learner(ranks, model, training, self.stream.counts())
        self.plan = Plan(
            steps=0,
            steps_per_epoch=steps_per_epoch(
                self.stream.tokens, training.walk, training.batch_size, training.sequence_length
            ),
            precision=self.learner.precision,
            threads=torch.get_num_threads(),
        )
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        self.step, self.epoch, self.place = 0, 0, 0  # `place` batches of this epoch are behind it
        self.began = time.monotonic()
        self.best: Checkpoint | None = None
        self.training_history: list[tuple[int, float]] = []
        self.validation_history: list[tuple[int, float]] = []
        self.samples: list[tuple[int, str]] = []
        self.losses: list[Tensor] = []  # since the last point of the training history
        self.learning_seconds = 0.0  # as well

    def begin(self, start: Checkpoint | None = None, resume: Resume | None = None) -> None:
        """Begin anew, from the weights of `start`, or where `resume` stands, as rank 0 has them."""
        start, resume = self.ranks.broadcast((start, resume))
        if resume:
            self.restore(resume)
            return
        if start:
            self.learner.load_weights(start.weights)
        self.make_plan()

    # The plan -----------------------------------------------------------------------------------

    def make_plan(self) -> None:
        """Fix the number of steps: by epochs, by the time they take, or the lower of both."""
        training, per_epoch = self.training, self.plan.steps_per_epoch
        steps = math.inf
        if training.epochs is not None:
            epochs = max(training.epochs, math.ceil(training.min_steps / per_epoch))
            steps = epochs * per_epoch
        if training.max_minutes is not None:
            step_seconds, evaluation_seconds = self._time()
            left = training.max_minutes * 60 - (time.monotonic() - self.began)
            epoch_seconds = per_epoch * step_seconds + evaluation_seconds
            left -= evaluation_seconds * MORE_EVALUATIONS
            steps = min(steps, max(1, int(left / epoch_seconds * per_epoch)))
        self.plan = self.ranks.broadcast(replace(self.plan, steps=int(steps)))
        self.learner.precision = self.plan.precision
        passes = self.plan.steps / per_epoch
        if training.rate_by_epochs:
            self.training = replace(self.training, learning_rate=sizing.learning_rate(passes))
        if training.dropout_by_epochs:
            self.training = with_dropout(self.training, sizing.dropout(passes))
            self.learner.forget_as(self.training)

    def _time(self) -> tuple[float, float]:
        """Seconds a step and an evaluation take, measured on a copy that is thrown away."""
        learner = self.learner.copy()
        rate = self.training.learning_rate
        times = []
        with torch.random.fork_rng(devices=[]):
            for batch in islice(self._epoch(), TIMED_STEPS):
                began = time.monotonic()
                float(learner.learn(batch, rate))
                times.append(time.monotonic() - began)
            began = time.monotonic()
            learner.bits(self.validation, threading.Event())
            evaluation = time.monotonic() - began + SAVE_SECONDS * learner.parameters
        return float(np.median(times[len(times) // 3 :])), evaluation

    # The walk -----------------------------------------------------------------------------------

    def go(self, stop: threading.Event) -> Iterator[Event]:
        """From the current step to the last."""
        torch.set_num_threads(self.plan.threads)
        batches = self._walk()
        resumable_at = time.monotonic() + RESUMABLE_EVERY
        while not stop.is_set():
            if self._is_due():
                evaluated = self._evaluate(stop)
                if evaluated is None:
                    break
                yield evaluated
                resumable_at = 0.0
            if self.step == self.plan.steps:
                yield self._finish(f"all {self.plan.steps} steps done")
                return
            if self.best and has_stalled(self.validation_history, self.plan):
                yield self._finish(f"no better than at step {self.best.step}")
                return
            if time.monotonic() >= resumable_at:
                yield self._resumable()
                resumable_at = time.monotonic() + RESUMABLE_EVERY
            began = time.monotonic()
            self.ranks.broadcast("learn")
            self.losses.append(self._learn(next(batches)))
            self.learning_seconds += time.monotonic() - began
            if self._is_point():
                yield self._progress()
        yield self._resumable()
        yield self._ended("stopped", f"stopped after {self.step} of {self.plan.steps} steps")

    def follow(self, orders: Iterator[str]) -> None:
        """What rank 0 does not do alone, for as long as it says so."""
        torch.set_num_threads(self.plan.threads)
        batches = self._walk()
        for order in orders:
            if order == "learn":
                self._learn(next(batches))
            else:
                self.learner.gather()

    def _walk(self) -> Iterator[Batch]:
        """Batches without end, epoch after epoch, from the current place on."""
        while True:
            for batch in islice(self._epoch(), self.place, None):
                self.place += 1
                yield batch
            self.epoch, self.place = self.epoch + 1, 0

    def _epoch(self) -> Iterator[Batch]:
        training = self.training
        if training.walk == "windows":  # in the order of the file, as published
            ids = np.concatenate(self.stream.jokes)
            return batches.windows(ids, training.batch_size, training.sequence_length)
        ids = self.stream.epoch(training.seed, self.epoch)
        return batches.rows(ids, training.batch_size, self.plan.steps_per_epoch)

    def _learn(self, batch: Batch) -> Tensor:
        loss = self.learner.learn(batch, learning_rate(self.step, self.plan.steps, self.training))
        self.step += 1
        return loss

    # What is measured and said ------------------------------------------------------------------

    def started(self) -> Started:
        return Started(
            model=self.name,
            corpora=self.corpus.names,
            jokes=len(self.corpus.training),
            tokens=self.stream.tokens,
            parameters=self.learner.parameters,
            device=str(self.ranks),
            precision=self.plan.precision,
            epochs=self.plan.epochs,
            step=self.step,
            steps=self.plan.steps,
            sample_prompt=self.sample_prompt,
            training_history=tuple(self.training_history),
            validation_history=tuple(self.validation_history),
            samples=tuple(self.samples),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _is_point(self) -> bool:
        every = min(10, max(1, self.plan.steps_per_epoch // 50))
        return self.step % every == 0 or self.step == self.plan.steps

    def _progress(self) -> Progress:
        reading, seconds = self.stream.reading, self._seconds()
        targets = sum(map(len, reading.targets))
        bits = float(torch.stack(self.losses).mean()) / math.log(2) * targets
        self.training_history.append((self.step, reading.bits_per_byte(bits)))
        step_seconds = self.learning_seconds / len(self.losses)
        self.losses.clear()
        self.learning_seconds = 0.0
        return Progress(
            step=self.step,
            steps=self.plan.steps,
            epoch=self.epoch + 1,
            epochs=self.plan.epochs,
            seconds=seconds,
            training_bits_per_byte=self.training_history[-1][1],
            tokens_per_second=self.stream.tokens / self.plan.steps_per_epoch / step_seconds,
            learning_rate=self.learner.rate,
            seconds_left=seconds / self.step * (self.plan.steps - self.step),
        )

    def _is_due(self) -> bool:
        done = self.validation_history[-1][0] if self.validation_history else -1
        return self.step > done and is_evaluated(self.step, self.plan)

    def _evaluate(self, stop: threading.Event) -> Evaluated | None:
        """Score and sample the model as it is; None where stopped before the end of it."""
        bits = self.learner.bits(self.validation, stop)
        if bits is None:
            return None
        value = self.validation.bits_per_byte(bits[0])
        self.validation_history.append((self.step, value))
        checkpoint = self._checkpoint(value)
        sample = self._sample(checkpoint)
        self.samples.append((self.step, sample))
        checkpoint = replace(checkpoint, samples=tuple(self.samples))
        best = self.best is None or value < (self.best.validation_bits_per_byte or 0)
        if best:
            self.best = checkpoint
        return Evaluated(self.step, self._seconds(), value, best, sample, checkpoint)

    def _sample(self, checkpoint: Checkpoint) -> str:
        """What the model makes of the fixed prompt, always drawn with the same numbers."""
        generator = Generator(checkpoint)
        state = generator.read(generator.fresh(), self.tokenizer.encode(self.sample_prompt))
        spoken = generator.speak(state, Manner(), np.random.default_rng(SAMPLE_SEED))
        words = "".join(word.text for word in islice(spoken, SAMPLE_WORDS))
        return self.sample_prompt + words

    def _checkpoint(self, value: float) -> Checkpoint:
        return Checkpoint(
            name=self.name,
            model=self.model,
            training=self.training,
            plan=self.plan,
            tokenizer=self.tokenizer,
            weights=self.learner.weights(),
            corpus=self.corpus,
            step=self.step,
            seconds=self._seconds(),
            created=self.created,
            versions={
                "jokebox": jokebox.__version__,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
            training_history=tuple(self.training_history),
            validation_history=tuple(self.validation_history),
            sample_prompt=self.sample_prompt,
            samples=tuple(self.samples),
            validation_bits_per_byte=value,
        )

    # The end, and going on after it -------------------------------------------------------------

    def _finish(self, reason: str) -> Ended:
        assert self.best is not None
        self.learner.load_weights(self.best.weights)
        if self.model.tied:
            self._soften()
        reading = prepare(self.tokenizer, self.corpus.test, self.corpus.training)
        bits = self.learner.bits(reading, threading.Event())
        assert bits is not None
        self.best = replace(
            self.best,
            weights=self.learner.weights(),
            finished=True,
            test_bits_per_byte=reading.bits_per_byte(bits[0]),
        )
        return self._ended("finished", reason)

    def _soften(self) -> None:
        """Fit the temperature of the best model to the validation jokes."""
        bits = self.learner.bits(self.validation, threading.Event(), TEMPERATURES)
        assert bits is not None
        least = min(bits)
        self.learner.network.soften(TEMPERATURES[bits.index(least)])
        value = self.validation.bits_per_byte(least)
        assert self.best is not None
        self.best = replace(self.best, validation_bits_per_byte=value)

    def _ended(self, how: Literal["finished", "stopped"], reason: str) -> Ended:
        best = self._best_so_far()
        return Ended(
            how,
            self._seconds(),
            best.validation_bits_per_byte if best else None,
            reason,
            best.test_bits_per_byte if best else None,
            best,
        )

    def _best_so_far(self) -> Checkpoint | None:
        """The best weights with the history of the whole run."""
        return self.best and replace(
            self.best,
            seconds=self._seconds(),
            training_history=tuple(self.training_history),
            validation_history=tuple(self.validation_history),
            samples=tuple(self.samples),
        )

    def _resumable(self) -> Resumable:
        best = self._best_so_far() or self._checkpoint(math.inf)
        self.ranks.broadcast("gather")
        state = self.learner.tensors()
        state["losses"] = torch.stack(self.losses) if self.losses else torch.zeros(0)
        state["place"] = torch.tensor([self.step, self.epoch, self.place])
        arrays = {name: tensor.cpu().numpy().copy() for name, tensor in state.items()}
        return Resumable(self.step, best, arrays)

    def restore(self, resume: Resume) -> None:
        """Go on where `resume` stands, with its plan."""
        checkpoint = resume.checkpoint
        self.learner.go_on(resume.state)
        self.learner.precision = checkpoint.plan.precision
        losses = torch.from_numpy(np.array(resume.state["losses"]))
        self.losses = list(losses.to(self.ranks.device))
        self.step, self.epoch, self.place = resume.state["place"].tolist()
        self.best = checkpoint if checkpoint.validation_history else None
        self.plan, self.created = checkpoint.plan, checkpoint.created
        self.training_history = list(checkpoint.training_history)
        self.validation_history = list(checkpoint.validation_history)
        self.samples = list(checkpoint.samples)
        self.began = time.monotonic() - checkpoint.seconds
