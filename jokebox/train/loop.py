"""The training loop: how jokes become a model, as an iterator of events, top to bottom.

Here: the job, the loop, what is measured, stopping and resuming, the end.
Elsewhere, in the order in which a joke meets them: lm/tokenizer.py turns text into ids, batches.py
cuts ids into batches, network.py predicts the next id, learner.py takes one step; planning.py fixes
how many steps there are, schedule.py what is due at which, and ranks.py joins several processes.
run.py starts all this from a request, and library.py saves what the events carry.
"""

from __future__ import annotations

import math
import platform
import signal
import threading
import time
from collections import abc, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from statistics import fmean
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import jokebox
from jokebox.errors import JokeboxError
from jokebox.lm.answers import Answer, speak
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, TrainingConfig
from jokebox.lm.corpus import Corpus
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
from jokebox.lm.history import History
from jokebox.lm.scoring import SCORED_JOKES, EncodedJokes, encode_jokes
from jokebox.lm.tokenizer import TOKENIZERS, Tokenizer
from jokebox.train import threads
from jokebox.train.batches import Batch, Stream, Walk, common_opening
from jokebox.train.learner import Learner
from jokebox.train.network import can_compute
from jokebox.train.planning import fit_to_plan, make_plan
from jokebox.train.ranks import Ranks, TorchrunRanks, find_ranks
from jokebox.train.schedule import (
    evaluation_steps,
    has_stalled,
    learning_rate,
    seconds_left,
    should_report,
    steps_per_epoch,
)
from jokebox.train.threads import CoreClock, suitable_threads

STEPS_A_LOOK = 16  # after which it looks whether the cores are busy
RESUMABLE_EVERY = 10.0  # seconds; a killed run loses no more than this
REPORT_AFTER = 0.5  # seconds of scoring
TEMPERATURES = (0.9, 1.0, 1.1, 1.2)  # one of them is fitted when a run has finished
MOST_HALVINGS = 3  # of the rate, if the loss is no number; then the run is given up
SAMPLE_WORDS = 30
SAMPLE_SEED = 1
RECENT = 200  # steps, whose mean says how long those to come will take


# The job ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Resume:
    """A stopped run: its best checkpoint and its live tensors, as its last `Resumable` had them."""

    checkpoint: Checkpoint
    state: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Job:
    """All that rank 0 decides before a run begins; it is broadcast to the other ranks once.

    `start` are the first weights, if they are not drawn at random.
    """

    name: str
    corpus: Corpus
    model: ModelConfig
    training: TrainingConfig
    tokenizer: Tokenizer
    start: Mapping[str, NDArray[np.float32]] | None
    resume: Resume | None
    rung: str = ""


def train(
    corpus: Corpus,
    model: ModelConfig,
    training: TrainingConfig,
    *,
    name: str,
    stop: threading.Event,
    start: Checkpoint | None = None,
    resume: Resume | None = None,
    rung: str = "",
    by_step: threading.Event | None = None,
) -> Iterator[Event]:
    """Train a model and yield what happens.

    `start` gives a new run its first weights and its tokenizer; `resume` continues a stopped run,
    to the same bits on the same machine. Setting `stop` ends the run at the next batch, with a last
    `Resumable` before `Ended`. Closing the iterator ends it too, without an event. A caller pauses
    the run by not asking for the event after a `Progress` or `Ready`; paused time is not counted.
    While `by_step` is set there is a `Ready` before each step and a `Progress` after it; what is
    learnt is the same. `rung` is the preset that was picked for this machine, noted in the plan.

    If torchrun started this process, this is what rank 0 does, while the others `assist`. A run may
    be resumed with more or fewer ranks; the bits are the same only with as many as before.

    Raises JokeboxError if there are more ranks than rows of text, or if one of the ranks fails.
    """
    origin = resume.checkpoint if resume else start
    tokenizer = origin.tokenizer if origin else TOKENIZERS[training.tokens].fit(corpus.training)
    weights = start.weights if start else None
    job = Job(name, corpus, model, training, tokenizer, weights, resume, rung)
    ranks = find_ranks(stop)
    _check_rows(ranks, job)
    with ranks:
        yield from _lead(ranks, job, stop, by_step or threading.Event())


def _lead(
    ranks: Ranks, job: Job, stop: threading.Event, by_step: threading.Event
) -> Iterator[Event]:
    """Run as rank 0: a frame of its own, so the network is freed before the process group is."""
    if job.training.max_minutes is not None and not job.resume:
        yield Preparing("Timing a few steps")
    run = _Run(ranks, ranks.broadcast(job), stop)
    yield run.started()
    for event in run.lead(stop, by_step):
        handed_over = time.monotonic()
        yield event
        if isinstance(
            event, Progress | Ready
        ):  # after other events the caller saves: that is no pause
            run.began += time.monotonic() - handed_over


def assist() -> None:
    """Do what every rank but the first does: take a share of each step, and report nothing.

    A signal before the ranks have met ends this one. Later, rank 0 gets it too and ends all.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    ranks = TorchrunRanks(stop)
    with ranks:
        _follow(ranks)


def _follow(ranks: TorchrunRanks) -> None:
    """Run as any other rank, in a frame of its own as `_lead`."""
    run = _Run(ranks, next(ranks.orders()), threading.Event())
    run.follow(ranks.orders())


def _check_rows(ranks: Ranks, job: Job) -> None:
    """Raise JokeboxError if a rank would have no row of its own."""
    training = job.training
    rows = training.sequence_length if training.walk == "windows" else training.batch_size
    rows = min(rows, len(job.corpus.training))  # an epoch has at least a token a joke
    if ranks.size > rows:
        raise JokeboxError(
            "too many ranks",
            f"{ranks.size} ranks cannot share {rows} rows of text",
            "Start fewer of them, or ask for a larger --batch-size.",
        )


class _NotANumberError(Exception):
    """The loss or a weight is no number any more, or too large for a model file."""


@dataclass(frozen=True)
class _Return:
    """The order to every rank to go back to these weights, at half the rate it had."""

    weights: Mapping[str, NDArray[np.float32]]
    step: int
    halvings: int


class _Run:
    """A run on one rank: its learner, its plan, and what it has shown so far."""

    def __init__(self, ranks: Ranks, job: Job, stop: threading.Event) -> None:
        self.ranks, self.job, self.training = ranks, job, job.training
        self.created = datetime.now(UTC).isoformat(timespec="seconds")
        self.stream = Stream(job.corpus, job.tokenizer)
        self.validation = encode_jokes(
            job.tokenizer, job.corpus.validation[:SCORED_JOKES], job.corpus.training
        )
        self.learner = Learner(ranks, job.model, job.training, self.stream.counts())
        batch_size, columns = job.training.batch_size, job.training.sequence_length
        per_epoch = steps_per_epoch(self.stream.tokens, job.training.walk, batch_size, columns)
        self.walk = Walk(self.stream, job.training, per_epoch)
        self.step = 0
        self.halvings = 0  # of the rate
        self.history = History(prompt=common_opening(job.corpus.training))
        self.best: Checkpoint | None = None
        self.losses: list[Tensor] = []  # of the steps since the last report
        self.learning_seconds = 0.0  # as well
        self.step_times: deque[float] = deque(maxlen=RECENT)  # in this process, in seconds
        self.evaluation_times: list[float] = []
        self.cores = CoreClock()
        self.began = time.monotonic()
        if job.resume:
            self.plan = job.resume.checkpoint.plan
            self._restore(job.resume)
        else:
            if job.start:
                self.learner.load_weights(job.start)
            plan = make_plan(self.learner, job.training, self.walk, self.validation, stop, job.rung)
            self.plan = ranks.broadcast(plan)
            self.training = fit_to_plan(job.training, self.plan)
            self.learner.set_dropout(self.training)
        if can_compute(ranks.device, self.plan.precision):  # not if it began on another machine
            self.learner.precision = self.plan.precision
        resumed = job.resume.state if job.resume else {}
        # not in a run of jokebox 0.1.0
        self.threads = int(resumed["threads"][0]) if "threads" in resumed else self.plan.threads

    # The loop -------------------------------------------------------------------------------------

    def lead(self, stop: threading.Event, by_step: threading.Event) -> Iterator[Event]:
        """Yield the events from the current step to the last."""
        torch.set_num_threads(self.threads)
        if not self.job.resume:
            self._adapt(probe=True)
        while True:
            try:
                yield from self._continue(stop, by_step)
                return
            except _NotANumberError:
                yield self._roll_back()

    def _continue(self, stop: threading.Event, by_step: threading.Event) -> Iterator[Event]:
        """Yield the events from the current step on; raises _NotANumberError."""
        batches = iter(self.walk)
        resumable_at = time.monotonic() + RESUMABLE_EVERY * (self.halvings == 0)
        while not stop.is_set():
            looked = time.monotonic()
            if self._evaluation_is_due():
                evaluated = yield from self._evaluate(stop)
                if evaluated is None:
                    break
                self.evaluation_times.append(time.monotonic() - looked)
                yield evaluated
                self._adapt(probe=self.threads < self.plan.threads)
                resumable_at = 0.0
            reason = self._is_over()
            if reason:
                yield from self._finish(reason, stop)
                return
            if time.monotonic() >= resumable_at:
                yield self._resumable()
                resumable_at = time.monotonic() + RESUMABLE_EVERY
            if by_step.is_set():
                yield Ready(self.step)
            self._lead_step(batches)
            if should_report(self.step, self.plan):
                yield self._report()
            elif by_step.is_set():
                yield self._progress()
        yield self._resumable()
        yield self._stopped()

    def _lead_step(self, batches: Iterator[Batch]) -> None:
        """Take one step with all ranks, and look now and then whether the cores are busy."""
        began = time.monotonic()
        self.ranks.broadcast("learn")
        with self.cores:
            self.losses.append(self._learn(next(batches)))
        self.learning_seconds += time.monotonic() - began
        self.step_times.append(time.monotonic() - began)
        if self.step % STEPS_A_LOOK == 0:
            self._adapt(probe=False)

    def _is_over(self) -> str:
        """Return why there are no more steps to take, or nothing."""
        if self.step == self.plan.steps:
            return f"all {self.plan.steps} steps done"
        if self.best and has_stalled(self.history.validation, self.plan):
            return f"no better than at step {self.best.step}"
        return ""

    def _adapt(self, *, probe: bool) -> None:
        """Learn with fewer threads if the cores are busy; only a `probe` finds them free again.

        The number is part of the resume state, so that a resumed run comes to the same bits.
        """
        if self.ranks.size > 1 or self.ranks.device.type != "cpu" or self.plan.threads == 1:
            return
        share = self.cores.share(self.threads)
        if probe:
            self.threads = suitable_threads(self.plan.threads, threads.probe(self.plan.threads))
        else:
            self.threads = suitable_threads(self.threads, share)
        torch.set_num_threads(self.threads)

    def follow(self, orders: Iterator[Any]) -> None:
        """Take part in what rank 0 does not do alone, for as long as it gives orders."""
        torch.set_num_threads(self.plan.threads)
        batches = iter(self.walk)
        for order in orders:
            if isinstance(order, _Return):
                self._return(order)
                batches = iter(self.walk)
            elif order == "learn":
                self._learn(next(batches))
            else:
                self.learner.gather()

    def _learn(self, batch: Batch) -> Tensor:
        rate = learning_rate(self.step, self.plan.steps, self.training) / 2**self.halvings
        loss = self.learner.learn(batch, rate)
        self.step += 1
        return loss

    # If the loss is no number ---------------------------------------------------------------------

    def _roll_back(self) -> RolledBack:
        """Go back to the best weights and halve the rate; raise JokeboxError after too often.

        The best weights are in every saved state: a resumed run goes back to the same ones.
        """
        if self.best is None or self.halvings == MOST_HALVINGS:
            raise JokeboxError(
                "the loss is no number",
                f"at step {self.step}, and the rate was halved {self.halvings} times",
                "The best so far is kept. Start a new run with a smaller --learning-rate.",
            )
        order = _Return(self.best.weights, self.best.step, self.halvings + 1)
        self._return(self.ranks.broadcast(order))
        self.history = self.history.until(self.step)
        self.losses.clear()
        return RolledBack(self.step, 1 / 2**self.halvings, self.history)

    def _return(self, order: _Return) -> None:
        self.step, self.halvings = order.step, order.halvings
        self.walk.epoch, self.walk.place = divmod(order.step, self.plan.steps_per_epoch)
        # each try with dropout of its own
        self.learner.start_over(
            order.weights, self.training.seed + order.halvings * self.ranks.size
        )

    # What is measured -----------------------------------------------------------------------------

    def started(self) -> Started:
        """Return the first event of the run."""
        return Started(
            model=self.job.name,
            corpora=self.job.corpus.names,
            jokes=len(self.job.corpus.training),
            tokens=self.stream.tokens,
            parameters=self.learner.parameters,
            device=str(self.ranks),
            precision=self.learner.precision,
            epochs=self.plan.epochs,
            step=self.step,
            steps=self.plan.steps,
            history=self.history,
            rung=self.plan.rung,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self.began

    def _report(self) -> Progress:
        """Return the progress since the last report, and note it in the history."""
        progress = self._progress()
        self.history = self.history.with_training(self.step, progress.training_bits_per_byte)
        self.losses.clear()
        self.learning_seconds = 0.0
        return progress

    def _progress(self) -> Progress:
        """Return the progress since the last report."""
        encoded, seconds = self.stream.encoded, self._seconds()
        targets = sum(map(len, encoded.targets))
        # the mean loss, as if all the training jokes had cost so much a token
        bits = float(torch.stack(self.losses).mean()) / math.log(2) * targets
        value = encoded.bits_per_byte(bits)
        if not math.isfinite(value):
            raise _NotANumberError
        step_seconds = self.learning_seconds / len(self.losses)
        return Progress(
            step=self.step,
            steps=self.plan.steps,
            epoch=self.walk.epoch + 1,
            epochs=self.plan.epochs,
            seconds=seconds,
            training_bits_per_byte=value,
            tokens_per_second=self.stream.tokens / self.plan.steps_per_epoch / step_seconds,
            learning_rate=self.learner.rate,
            seconds_left=self._seconds_left(),
        )

    def _seconds_left(self) -> float:
        """Return how long the rest will take.

        Just after a resume no evaluation was timed: the mean of the whole run stands for all.
        """
        if not self.evaluation_times:
            return self._seconds() / self.step * (self.plan.steps - self.step)
        return seconds_left(
            self.step,
            self.plan,
            a_step=fmean(self.step_times),
            an_evaluation=fmean(self.evaluation_times),
        )

    def _evaluation_is_due(self) -> bool:
        last = self.history.validation[-1][0] if self.history.validation else -1
        return self.step > last and self.step in evaluation_steps(self.plan)

    def _evaluate(self, stop: threading.Event) -> abc.Generator[Event, None, Evaluated | None]:
        """Score and sample the model as it is; return None if stopped before the end."""
        bits = yield from self._score(self.validation, stop)
        if bits is None:
            return None
        value = self.validation.bits_per_byte(bits[0])
        if not (math.isfinite(value) and self.learner.is_sound()):
            raise _NotANumberError
        self.history = self.history.with_validation(self.step, value)
        checkpoint = self._checkpoint(value)
        sample = self._sample(checkpoint)
        self.history = self.history.with_sample(self.step, sample)
        checkpoint = replace(checkpoint, history=self.history)
        best = self.best is None or value < (self.best.validation_bits_per_byte or 0)
        if best:
            self.best = checkpoint
        return Evaluated(self.step, self._seconds(), value, best, sample, checkpoint)

    def _score(
        self, jokes: EncodedJokes, stop: threading.Event, temperatures: Sequence[float] = (1.0,)
    ) -> abc.Generator[Event, None, list[float] | None]:
        """Return the bits of `jokes` at each temperature; None if stopped before the end."""
        reported = time.monotonic()
        scoring = self.learner.bits(jokes, temperatures)
        while not stop.is_set():
            try:
                share = next(scoring)
            except StopIteration as end:
                bits: list[float] = end.value
                return bits
            if time.monotonic() - reported >= REPORT_AFTER:
                reported = time.monotonic()
                yield Scoring(share)
        return None

    def _sample(self, checkpoint: Checkpoint) -> str:
        """Return an answer to the fixed prompt, always drawn with the same random numbers."""
        generator, prompt = Generator(checkpoint), self.history.prompt
        state = generator.read(generator.fresh(), self.job.tokenizer.encode(prompt))
        manner = Manner()
        answer = Answer(np.random.default_rng(SAMPLE_SEED))
        spoken = speak(generator, state, lambda: manner, answer)
        return prompt + "".join(word.text for word in islice(spoken, SAMPLE_WORDS))

    def _checkpoint(self, value: float) -> Checkpoint:
        return Checkpoint(
            name=self.job.name,
            model=self.job.model,
            training=self.training,
            plan=self.plan,
            tokenizer=self.job.tokenizer,
            weights=self.learner.weights(),
            corpus=self.job.corpus,
            step=self.step,
            seconds=self._seconds(),
            created=self.created,
            versions={
                "jokebox": jokebox.__version__,
                "torch": torch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            },
            history=self.history,
            validation_bits_per_byte=value,
        )

    def _best_so_far(self) -> Checkpoint | None:
        """Return the best weights with the history of the whole run."""
        return self.best and replace(self.best, seconds=self._seconds(), history=self.history)

    # Stopping and resuming ------------------------------------------------------------------------

    def _resumable(self) -> Resumable:
        best = self._best_so_far() or self._checkpoint(math.inf)
        self.ranks.broadcast("gather")
        state = self.learner.save_state()
        state["losses"] = torch.stack(self.losses) if self.losses else torch.zeros(0)
        state["threads"] = torch.tensor([self.threads])
        state["place"] = torch.tensor([self.step, self.walk.epoch, self.walk.place])
        if self.halvings:
            state["halvings"] = torch.tensor([self.halvings])
        if not all(bool(tensor.isfinite().all()) for tensor in state.values()):
            raise _NotANumberError
        arrays = {name: tensor.cpu().numpy().copy() for name, tensor in state.items()}
        return Resumable(self.step, best, arrays)

    def _restore(self, resume: Resume) -> None:
        """Continue where `resume` stopped, with its plan."""
        checkpoint = resume.checkpoint
        self.learner.load_state(resume.state)
        losses = torch.from_numpy(np.array(resume.state["losses"]))
        self.losses = list(losses.to(self.ranks.device))
        self.step, self.walk.epoch, self.walk.place = resume.state["place"].tolist()
        if "halvings" in resume.state:
            self.halvings = int(resume.state["halvings"][0])
        self.history, self.created = checkpoint.history, checkpoint.created
        self.best = checkpoint if checkpoint.history.validation else None
        self.began = time.monotonic() - checkpoint.seconds

    # The end --------------------------------------------------------------------------------------

    def _finish(self, reason: str, stop: threading.Event) -> Iterator[Event]:
        """Score the best model on the test jokes, once; no choice may depend on them.

        If it is stopped meanwhile, resuming comes here again.
        """
        assert self.best is not None
        resumable = self._resumable()  # in case it is stopped
        self.learner.load_weights(self.best.weights)
        tested = yield from self._test(stop)
        if tested is None:
            yield resumable
            yield self._stopped()
            return
        self.best = replace(
            self.best, weights=self.learner.weights(), finished=True, test_bits_per_byte=tested
        )
        yield self._ended("finished", reason)

    def _test(self, stop: threading.Event) -> abc.Generator[Event, None, float | None]:
        """Return the bits per byte of the test jokes; None if stopped before the end."""
        if self.job.model.tied and not (yield from self._fit_temperature(stop)):
            return None
        corpus = self.job.corpus
        test = encode_jokes(self.job.tokenizer, corpus.test[:SCORED_JOKES], corpus.training)
        bits = yield from self._score(test, stop)
        return None if bits is None else test.bits_per_byte(bits[0])

    def _fit_temperature(self, stop: threading.Event) -> abc.Generator[Event, None, bool]:
        """Fit one temperature of the best model to the validation jokes (Melis et al. 2017).

        Return whether it was not stopped.
        """
        bits = yield from self._score(self.validation, stop, TEMPERATURES)
        if bits is None:
            return False
        least = min(bits)
        self.learner.network.apply_temperature(TEMPERATURES[bits.index(least)])
        assert self.best is not None
        value = self.validation.bits_per_byte(least)
        self.best = replace(self.best, validation_bits_per_byte=value)
        return True

    def _stopped(self) -> Ended:
        return self._ended("stopped", f"stopped after {self.step} of {self.plan.steps} steps")

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
