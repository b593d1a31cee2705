"""How many threads learn: fewer while other programs keep the cores busy.

The threads of a product wait for each other. If one of two has to share its core, both wait: beside
two busy programs on two cores, two threads learnt 820 tokens a second, one thread 2,530.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import torch

PROBE = 0.1  # seconds
PROBE_SIZE = 512  # rows of a matrix, as large as those of a step
FREE = 0.85  # of each core for this process: as good as alone


class CoreClock:
    """Measures how much of its cores this process got while learning."""

    def __init__(self) -> None:
        self._wall = self._cpu = 0.0  # seconds

    def __enter__(self) -> None:
        self._wall -= time.monotonic()
        self._cpu -= time.process_time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._wall += time.monotonic()
        self._cpu += time.process_time()

    def share(self, threads: int) -> float:
        """Return the share of its core that each thread got since the last call, about 0 to 1."""
        share = self._cpu / self._wall / threads if self._wall else 1.0
        self._wall = self._cpu = 0.0
        return share


def probe(threads: int) -> float:
    """Return the share of its core that each of so many threads gets now, by multiplying a bit."""
    torch.set_num_threads(threads)
    matrix = torch.ones(PROBE_SIZE, PROBE_SIZE)
    clock = CoreClock()
    with clock:
        end = time.monotonic() + PROBE
        while time.monotonic() < end:
            matrix @ matrix
    return clock.share(threads)


def suitable_threads(threads: int, share: float) -> int:
    """Return how many threads to use if each of `threads` gets this share of its core."""
    return threads if share >= FREE else max(1, int(threads * share))


@contextmanager
def free_threads(threads: int) -> Iterator[None]:
    """Use as many of so many threads as get a core of their own, for the length of a `with`."""
    if threads > 1:
        torch.set_num_threads(suitable_threads(threads, probe(threads)))
    try:
        yield
    finally:
        torch.set_num_threads(threads)
