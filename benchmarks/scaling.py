"""Training over several processes: tokens per second of one-thread ranks and of one process."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.report import Report, Table


def ranks(number: int) -> tuple[str, ...]:
    """Return the command that runs jokebox in `number` processes under torchrun."""
    launcher = (sys.executable, "-m", "torch.distributed.run", "--standalone")
    return (*launcher, "--nproc-per-node", str(number), "-m", "jokebox")


WAYS = {  # the command, and the number of threads of each process
    "one process, two threads": (command.JOKEBOX, 2),
    "one rank, one thread": (ranks(1), 1),
    "two ranks, one thread each": (ranks(2), 1),
}


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("scaling", "Training over several processes")
    for batch in (8, 64) if report.full else (8,):
        rates = {
            name: report.measure(f"{name}, batch {batch}", speed, *way, batch, report.full)
            for name, way in WAYS.items()
        }
        alone, whole = rates["one rank, one thread"], rates["one process, two threads"]
        rows = [
            (name, f"{rate:,.0f}", f"{rate / alone:.2f}", f"{rate / whole:.2f}")
            for name, rate in rates.items()
        ]
        columns = ("processes", "tokens/s", "to one rank", "to one process of two threads")
        notes = [f"`standard` on the originals; {batch} rows of text in all; evaluations included"]
        report.add(Table(f"A global batch of {batch} rows", columns, rows, notes))
    report.write()


def speed(program: Sequence[str], threads: int, batch: int, full: bool) -> float:
    """Return the tokens per second of wall time, from the first progress event to the last."""
    options = ["--batch-size", str(batch), "--max-epochs", "2" if full else "1"]
    with tempfile.TemporaryDirectory() as home:
        events = command.train(
            Path(home), *options, command=program, variables={"OMP_NUM_THREADS": str(threads)}
        )
    started = next(event for event in events if event["event"] == "started")
    points = [event for event in events if event["event"] == "progress"]
    return tokens_a_second(started, points[0], points[-1])


def tokens_a_second(started: dict[str, Any], first: dict[str, Any], last: dict[str, Any]) -> float:
    """Return the tokens per second between two progress events of a run."""
    tokens_a_step = started["tokens"] * started["epochs"] / started["steps"]
    return float(
        (last["step"] - first["step"]) * tokens_a_step / (last["seconds"] - first["seconds"])
    )


if __name__ == "__main__":
    main()
