"""Training beside programs that keep the cores busy: tokens a second, and what the share gives."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from benchmarks.report import Report, Table
from jokebox.lm.events import Ended, Progress
from jokebox.paths import BUNDLED
from jokebox.train.corpora import resolve
from jokebox.train.joke_files import load_corpus
from jokebox.train.loop import train
from jokebox.train.presets import configure
from jokebox.train.request import Knobs

PRESET = "first-3"
SETTLING = 64  # steps that are not counted: by then it has noticed
BUSY = (sys.executable, "-c", "while True: pass")
COLUMNS = ("beside it", "threads at first", "tokens/s", "cores that it got", "of what they give")


def main() -> None:
    """Run the benchmark, print its table and write its report."""
    report = Report("busy", "Training beside busy programs")
    seconds = 60.0 if report.full else 15.0
    cores = torch.get_num_threads()
    rows = []
    measured = {
        (threads, busy): report.measure(
            f"{threads} threads, {busy} busy", speed, threads, busy, seconds
        )
        for threads in (1, cores)
        for busy in (0, 2, 6)
    }
    alone = measured[1, 0]["tokens"] / measured[1, 0]["cores"]  # tokens of a second of a core
    for (threads, busy), found in measured.items():
        ratio = found["tokens"] / (found["cores"] * alone)
        rows.append(
            (
                f"{busy} busy programs" if busy else "nothing",
                str(threads),
                f"{found['tokens']:,.0f}",
                f"{found['cores']:.2f}",
                f"{ratio:.2f}",
            )
        )
    notes = [
        f"preset {PRESET}, after {SETTLING} steps; cores: processor time by time that passed",
        "of what they give: beside one thread that had a core for itself, for as much of a core",
    ]
    report.add(Table("Busy cores", COLUMNS, rows, notes))
    report.write()


def speed(threads: int, busy: int, seconds: float) -> dict[str, float]:
    """Train beside `busy` programs; return tokens a second, and the cores that it got."""
    torch.set_num_threads(threads)
    model, training = configure(PRESET, Knobs())
    stop = threading.Event()
    corpus = load_corpus([resolve(BUNDLED)])
    began: tuple[float, float] | None = None
    tokens = 0
    with programs(busy):
        for event in train(corpus, model, training, name="busy", stop=stop):
            if isinstance(event, Progress) and event.step >= SETTLING:
                if began is None:
                    began, first = (time.monotonic(), time.process_time()), event.step
                tokens = (event.step - first) * training.batch_size * training.sequence_length
                if time.monotonic() - began[0] > seconds:
                    stop.set()
            assert not isinstance(event, Ended) or began is not None
    assert began is not None
    wall, cpu = time.monotonic() - began[0], time.process_time() - began[1]
    return {"tokens": tokens / wall, "cores": cpu / wall}


@contextmanager
def programs(number: int) -> Iterator[None]:
    """Run so many programs that do nothing but keep a core busy."""
    running = [subprocess.Popen(BUSY) for _ in range(number)]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()


if __name__ == "__main__":
    main()
