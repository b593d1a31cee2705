"""Measurements of earlier runs on this machine: training speed, and the sizes of corpora.

So are the scores of what needs no network. They are stored in small files in the data directory. If
one is missing or damaged, the values are guessed, or computed again.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox.cache import recall, remember
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Event, Progress, Started
from jokebox.train.estimate import Size, estimate, guess_size, step_flops
from jokebox.train.presets import configure
from jokebox.train.request import Knobs
from jokebox.train.unpacking import PACKINGS

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.corpus import Corpus

DEFAULT_FLOPS_PER_CORE = 60e9  # FLOP/s per core, before the first run
MOST_CORES = 8  # more do not speed up products of small matrices
MIN_SECONDS = 3.0  # seconds; the speed of a shorter run is not precise
PACKED_RATIO = 3  # bytes of jokes per byte of gzip, xz or zip
END = 2**16  # bytes at both ends of a file that, with its size, tell it from others
MOST = 1e24  # no machine is faster, and no corpus larger


def measured_speed(model: ModelConfig, training: TrainingConfig, vocabulary: int) -> float:
    """Return the FLOP/s of training, as measured in the run with the most similar steps.

    Before the first run, this is the speed of an average machine with as many cores.
    """
    wanted = _magnitude(step_flops(model, training, vocabulary))
    speeds = {
        int(magnitude): speed
        for magnitude, speed in recall("speeds").items()
        if re.fullmatch("[0-9]{1,3}", magnitude) and _is_number(speed)
    }
    if not speeds:
        return DEFAULT_FLOPS_PER_CORE * min(os.cpu_count() or 1, MOST_CORES)
    return float(speeds[min(speeds, key=lambda magnitude: abs(magnitude - wanted))])


def measured_size(corpus: Sequence[Path], tokens: str) -> Size:
    """Return the size of the jokes in these files, as an earlier run read them.

    If there was none, it is guessed from their bytes. `tokens` is the kind of tokenizer. Raises
    OSError if a file is missing.
    """
    sizes = recall("sizes")
    # jokebox 0.1.0 knew a corpus by its bytes alone
    old_key = f"{tokens} {sum(path.stat().st_size for path in corpus)}"
    match sizes.get(_key(corpus, tokens)) or sizes.get(old_key):
        case [int(read), int(vocabulary)] if _is_number(read) and _is_number(vocabulary):
            return Size(read, vocabulary)
    return guess_size(unpacked_bytes(corpus), tokens)


def unpacked_bytes(corpus: Sequence[Path]) -> int:
    """Return about how many bytes these files have when unpacked.

    Raises OSError if a file is missing.
    """
    return sum(map(_unpacked_size, corpus))


def _unpacked_size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.glob("*.txt"))
    return path.stat().st_size * (PACKED_RATIO if path.suffix.lower() in PACKINGS else 1)


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
    """Return what identifies a corpus: the sizes of its files, and a hash of both their ends."""
    digest = hashlib.blake2b(digest_size=8)
    for path in corpus:
        for file in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
            size = file.stat().st_size
            digest.update(f"{size} ".encode())
            with file.open("rb") as opened:
                digest.update(opened.read(END))
                opened.seek(max(0, size - END))
                digest.update(opened.read(END))
    return f"{tokens} {digest.hexdigest()}"


def _is_number(value: object) -> bool:
    """Return whether a value from a file, which may be damaged, can be a measurement."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < MOST


def _magnitude(flops: float) -> int:
    """Return log2 of `flops`, rounded: steps of similar size run at a similar speed."""
    return round(math.log2(flops))
