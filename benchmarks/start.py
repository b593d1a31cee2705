"""Start: the time from launch to the first frame and to the first word, and the memory used."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import command
from benchmarks.report import Report, Table
from benchmarks.terminal import Terminal

BARE = (sys.executable, "-m", "benchmarks.bare")
TORCH = (sys.executable, "-c", "import torch; print('imported'); input()")
FIRST_FRAME = "Start a joke"
SETTLING, IDLE = 5, 10  # seconds
PROMPT = "The tired owl said"
FIRST_WORD = rf"{PROMPT} ?[^\s▌]"  # any character but the cursor


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("start", "Start")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        rounds = report.measure("launches", launches, home, 15 if report.full else 3)
    median = {name: statistics.median(launch[name] for launch in rounds) for name in rounds[0]}
    rows = [
        compared("first frame, s", median, "first frame", "bare app", 1.3),
        compared("first word in the chat, s", median, "first word", "import torch", 0.6),
        compared("first word of `jokebox tell`, s", median, "tell", "import torch", 0.6),
        compared("memory of that chat, MB", median, "chat MB", "torch MB", 0.5),
        compared("idle, % of a core", median, "idle", "bare idle", 0.3),
    ]
    for name in ("help", "click"):  # beside what every program in Python takes
        median[name] -= median["pass"]
    rows.append(compared("`jokebox --help`, s", median, "help", "click", 1.5))
    columns = ("what", "jokebox", "beside", "it takes", "ratio", "target")
    notes = [
        f"medians of {len(rounds)} rounds, each program launched once per round; in a terminal",
        "bare app: Textual with an Input and a Footer; torch: `python -c 'import torch'`",
        f"idle: {IDLE} s without a key, {SETTLING} s after the first word; target: 0.2 % of a core",
        "`--help` and `python -c 'import click'`, both less `python -c pass`",
        "`standard` is in the disk cache; the prompt is typed at the first frame",
    ]
    report.add(Table("From launch", columns, rows, notes))
    report.write()


def compared(
    what: str, median: dict[str, float], ours: str, other: str, target: float
) -> tuple[str, ...]:
    """Return a row of the table: jokebox, the other program, their ratio and the target."""
    a, b = median[ours], median[other]
    return what, f"{a:.3f}", other, f"{b:.3f}", f"{a / b:.2f}", f"{target}"


def launches(home: Path, number: int) -> list[dict[str, float]]:
    """Return the measurements of `number` rounds, after one that is not counted."""
    command.see_no_tips(home)
    command.train(home, "--max-epochs", "1")
    launch(home)  # so that later launches read all files from the disk cache
    return [launch(home) for _ in range(number)]


def launch(home: Path) -> dict[str, float]:
    """Launch each program once; return seconds, and megabytes in the values called MB."""
    times = {}
    with Terminal(BARE, home) as terminal:
        times["bare app"] = terminal.wait_for("Type here")
        times["bare idle"] = 100 * terminal.idle(IDLE)
    with Terminal(command.JOKEBOX, home) as terminal:
        times["first frame"] = terminal.wait_for(FIRST_FRAME)
        terminal.type(f"{PROMPT}\r")
        times["first word"] = terminal.wait_for(FIRST_WORD)
        times["chat MB"] = terminal.memory() / 1e6
        terminal.drain(SETTLING)
        times["idle"] = 100 * terminal.idle(IDLE)
    with Terminal((*command.JOKEBOX, "tell", PROMPT), home) as terminal:
        times["tell"] = terminal.wait_for(FIRST_WORD)
    with Terminal(TORCH, home) as terminal:
        times["import torch"] = terminal.wait_for("imported")
        times["torch MB"] = terminal.memory() / 1e6
    times["help"] = run((*command.JOKEBOX, "--help"), home)
    times["click"] = run((sys.executable, "-c", "import click"), home)
    times["pass"] = run((sys.executable, "-c", "pass"), home)
    return times


def run(program: Sequence[str], home: Path) -> float:
    """Return the seconds that `program` takes from start to exit."""
    began = time.perf_counter()
    subprocess.run(
        program, cwd=command.ROOT, env=command.environment(home), capture_output=True, check=True
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
