"""How long a run will be, fixed before its first step: by epochs, by time, or the lower of both."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

import numpy as np
import torch

from jokebox.errors import StoppedError
from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.scoring import EncodedJokes, encode_jokes
from jokebox.lm.tokenizer import TOKENIZERS
from jokebox.train import sizing
from jokebox.train.batches import Stream, Walk
from jokebox.train.estimate import step_flops
from jokebox.train.learner import Learner
from jokebox.train.presets import with_dropout
from jokebox.train.ranks import Ranks
from jokebox.train.schedule import steps_per_epoch
from jokebox.train.threads import free_threads

FIRST_TIME = 240.0  # seconds that the first run should take
TIMED_RUNG = 2
TIMED_STEPS = 12  # the first third is slower and not counted
MORE_EVALUATIONS = 7  # than one an epoch: at the beginning, and to fit and test at the end
SAVE_SECONDS = 8e-8  # a weight: five copies of it are hashed and written after each evaluation


def make_plan(
    learner: Learner,
    training: TrainingConfig,
    walk: Walk,
    validation: EncodedJokes,
    stop: threading.Event,
    rung: str = "",
) -> Plan:
    """Return the plan of a new run; `rung` is noted in it.

    If `training` has a limit of minutes, a few steps and an evaluation are timed first; on several
    ranks all have to take part, and the plan of rank 0 counts. Raises StoppedError if `stop` is set
    meanwhile.
    """
    began, per_epoch = time.monotonic(), walk.steps_per_epoch
    steps = math.inf
    if training.epochs is not None:
        steps = max(training.epochs, math.ceil(training.min_steps / per_epoch)) * per_epoch
    if training.max_minutes is not None:
        step, evaluation = _time(learner, training, walk, validation, stop)
        left = training.max_minutes * 60 - (time.monotonic() - began)
        left -= MORE_EVALUATIONS * evaluation
        steps = min(steps, max(1, int(left / (per_epoch * step + evaluation) * per_epoch)))
    return Plan(int(steps), per_epoch, learner.precision, torch.get_num_threads(), rung)


def _time(
    learner: Learner,
    training: TrainingConfig,
    walk: Walk,
    validation: EncodedJokes,
    stop: threading.Event,
) -> tuple[float, float]:
    """Return the seconds of a step and of an evaluation, measured on a copy that is thrown away."""
    learner = learner.copy()
    times = []
    with (
        torch.random.fork_rng(devices=[]),  # the run draws as if nothing had been timed
        free_threads(torch.get_num_threads()),
    ):
        for batch in islice(walk.batches(), TIMED_STEPS):
            _check(stop)
            began = time.monotonic()
            float(learner.learn(batch, training.learning_rate))
            times.append(time.monotonic() - began)
        began = time.monotonic()
        for _ in learner.bits(validation):
            _check(stop)
        evaluation = time.monotonic() - began + SAVE_SECONDS * learner.parameters
    return float(np.median(times[len(times) // 3 :])), evaluation


def _check(stop: threading.Event) -> None:
    if stop.is_set():
        raise StoppedError("stopped", "the run had not begun yet")


def pick_rung(
    corpus: Corpus,
    configurations: Mapping[str, tuple[ModelConfig, TrainingConfig]],
    stop: threading.Event,
) -> str:
    """Return the largest of the rungs, smallest first, that this machine can train in FIRST_TIME.

    A few steps of one of them are timed; the others take longer or less in proportion to their
    arithmetic. The smallest is taken if none fits. Raises StoppedError if `stop` is set meanwhile.
    """
    timed, (model, training) = list(configurations.items())[TIMED_RUNG]
    tokenizer = TOKENIZERS[training.tokens].fit(corpus.training)
    stream = Stream(corpus, tokenizer)
    per_epoch = steps_per_epoch(
        stream.tokens, training.walk, training.batch_size, training.sequence_length
    )
    learner = Learner(Ranks(), model, training, stream.counts())
    validation = encode_jokes(tokenizer, corpus.validation, corpus.training)
    step, evaluation = _time(learner, training, Walk(stream, training, per_epoch), validation, stop)
    flops = {name: step_flops(*c, tokenizer.size) for name, c in configurations.items()}
    seconds = {
        name: flops[name] / flops[timed] * _run_time(training, per_epoch, step, evaluation)
        for name, (_, training) in configurations.items()
    }
    smallest = next(iter(configurations))
    return [smallest, *(name for name in configurations if seconds[name] <= FIRST_TIME)][-1]


def _run_time(training: TrainingConfig, per_epoch: int, step: float, evaluation: float) -> float:
    """Return how many seconds a run takes whose steps and evaluations take so long."""
    epochs = training.epochs or 1
    return epochs * per_epoch * step + (epochs + MORE_EVALUATIONS) * evaluation


def fit_to_plan(training: TrainingConfig, plan: Plan) -> TrainingConfig:
    """Return `training` with the learning rate and dropout that suit the epochs of `plan`.

    A short run needs long steps and little dropout, a long one the opposite.
    """
    epochs = plan.steps / plan.steps_per_epoch
    if training.rate_by_epochs:
        training = replace(training, learning_rate=sizing.learning_rate(epochs))
    if training.dropout_by_epochs:
        training = with_dropout(training, sizing.dropout(epochs))
    return training
