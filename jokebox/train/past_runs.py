"""Measurements of earlier runs on this machine: training speed, and the sizes of corpora.

So are the scores of what needs no network. They are stored in small files in the data directory. If
one is missing or damaged, the values are guessed, or computed again.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox.cache import recall, remember
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Event, Progress, Started
from jokebox.train.estimate import Size, estimate, guess_size, step_flops
from jokebox.train.presets import configure
from jokebox.train.request import Knobs

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.corpus import Corpus

DEFAULT_FLOPS_PER_CORE = 60e9  # FLOP/s per core, before the first run
MOST_CORES = 8  # more do not speed up products of small matrices
MIN_SECONDS = 3.0  # seconds; the speed of a shorter run is not precise
GZIP_RATIO = 3  # bytes of jokes per byte of gzip


def measured_speed(model: ModelConfig, training: TrainingConfig, vocabulary: int) -> float:
    """Return the FLOP/s of training, as measured in the run with the most similar steps.

    Before the first run, this is the speed of an average machine with as many cores.
    """
    speeds = recall("speeds")
    wanted = _magnitude(step_flops(model, training, vocabulary))
    nearest = min(speeds, key=lambda magnitude: abs(int(magnitude) - wanted), default=None)
    if nearest is None:
        return DEFAULT_FLOPS_PER_CORE * min(os.cpu_count() or 1, MOST_CORES)
    return float(speeds[nearest])


def measured_size(corpus: Sequence[Path], tokens: str) -> Size:
    """Return the size of the jokes in these files, as an earlier run read them.

    If there was none, it is guessed from their bytes. `tokens` is the kind of tokenizer. Raises
    OSError if a file is missing.
    """
    known = recall("sizes").get(_key(corpus, tokens))
    return Size(*known) if known else guess_size(unpacked_bytes(corpus), tokens)


def unpacked_bytes(corpus: Sequence[Path]) -> int:
    """Return about how many bytes these files have when unpacked.

    Raises OSError if a file is missing.
    """
    return sum(path.stat().st_size * (GZIP_RATIO if path.suffix == ".gz" else 1) for path in corpus)


def minutes_of_standard(checkpoint: Checkpoint) -> float:
    """Return about how many minutes the preset `standard` takes here on the jokes of a model."""
    characters = sum(map(len, checkpoint.corpus.training))
    model, training = configure("standard", Knobs(), characters)
    own, vocabulary = checkpoint.training, checkpoint.tokenizer.size
    tokens = checkpoint.plan.steps_per_epoch * own.batch_size * own.sequence_length
    speed = measured_speed(model, training, vocabulary)
    return estimate(model, training, Size(tokens, vocabulary), speed).seconds / 60


def measured_baselines(corpus: Corpus) -> dict[str, float]:
    """Return what baselines reach on the validation jokes that a run is scored on, by their names.

    It takes some seconds at first; the values of each corpus are remembered. In bits per byte.
    """
    from jokebox.lm.baselines import score_baselines  # these import NumPy
    from jokebox.lm.scoring import SCORED_JOKES

    known = recall("baselines").get(corpus.fingerprint)
    if known is None:
        known = score_baselines(corpus.training, corpus.validation[:SCORED_JOKES])
        remember("baselines", {corpus.fingerprint: known})
    return {name: float(value) for name, value in known.items()}


def record_measurements(events: Iterable[Event], corpus: Sequence[Path] = ()) -> Iterator[Event]:
    """Pass on the events of a run, and store its speed and the size of its corpus when it ends.

    `corpus` are the files that it read; empty if its vocabulary comes from another model.
    """
    started: Started | None = None
    points: list[Progress] = []
    for event in events:
        if isinstance(event, Started):
            started = event
        elif isinstance(event, Progress):
            points = [*points[:1], event]
        elif isinstance(event, Ended) and event.checkpoint and started:
            model, training = event.checkpoint.model, event.checkpoint.training
            vocabulary = event.checkpoint.tokenizer.size
            flops = step_flops(model, training, vocabulary)
            if points and points[-1].seconds - points[0].seconds >= MIN_SECONDS:
                seconds = points[-1].seconds - points[0].seconds
                steps = points[-1].step - points[0].step
                remember("speeds", {str(_magnitude(flops)): flops * steps / seconds})
            if corpus:
                measured = [started.tokens, vocabulary]
                remember("sizes", {_key(corpus, training.tokens): measured})
        yield event


def _key(corpus: Sequence[Path], tokens: str) -> str:
    """Return what identifies a corpus: its number of bytes, which is rarely that of another."""
    return f"{tokens} {sum(path.stat().st_size for path in corpus)}"


def _magnitude(flops: float) -> int:
    """Return log2 of `flops`, rounded: steps of similar size run at a similar speed."""
    return round(math.log2(flops))
