"""What earlier runs on this machine taught: how fast it trains, and how large corpora are.

Small files in the data directory, which may go missing or be damaged: they only save guessing.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jokebox.cache import recall, remember
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.events import Ended, Event, Progress, Started
from jokebox.train.estimate import Size, guess_size, step_flops

FIRST_GUESS = 60e9  # floating point operations a second and core, where nothing ran yet
MOST_CORES = 8  # small matrices keep no more of them busy
ENOUGH = 3.0  # seconds; a shorter run says little about the speed
PACKED = 3  # bytes of jokes in one of gzip


def speed(model: ModelConfig, training: TrainingConfig, vocabulary: int) -> float:
    """FLOP/s of whole training steps, as the run with the most similar steps had them.

    Before the first run it is what a middling machine does, by the number of cores.
    """
    speeds = recall("speeds")
    wanted = _magnitude(step_flops(model, training, vocabulary))
    nearest = min(speeds, key=lambda magnitude: abs(int(magnitude) - wanted), default=None)
    if nearest is None:
        return FIRST_GUESS * min(os.cpu_count() or 1, MOST_CORES)
    return float(speeds[nearest])


def size(corpus: Sequence[Path], tokens: str) -> Size:
    """The size of the jokes in these files: as a run read them, else guessed from their bytes.

    Raises OSError where one is not there.
    """
    known = recall("sizes").get(_key(corpus, tokens))
    return Size(*known) if known else guess_size(unpacked(corpus), tokens)


def unpacked(corpus: Sequence[Path]) -> int:
    """About how many bytes of jokes are in these files; raises OSError where one is not there."""
    return sum(path.stat().st_size * (PACKED if path.suffix == ".gz" else 1) for path in corpus)


def observe(events: Iterable[Event], corpus: Sequence[Path] = ()) -> Iterator[Event]:
    """Pass the events of a run on, and remember at its end what it showed.

    `corpus` are the files it read, where the model's words were made from them.
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
            if points and points[-1].seconds - points[0].seconds >= ENOUGH:
                seconds = points[-1].seconds - points[0].seconds
                steps = points[-1].step - points[0].step
                remember("speeds", {str(_magnitude(flops)): flops * steps / seconds})
            if corpus:
                seen = [started.tokens, vocabulary]
                remember("sizes", {_key(corpus, training.tokens): seen})
        yield event


def _key(corpus: Sequence[Path], tokens: str) -> str:
    """A corpus is known by its bytes: it is rare that two have as many."""
    return f"{tokens} {sum(path.stat().st_size for path in corpus)}"


def _magnitude(flops: float) -> int:
    """Steps of one power of two are alike."""
    return round(math.log2(flops))
