"""Feel: the delay from key press to echo while the first run trains, and the cost of the screen."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import command
from benchmarks.report import Report, Table
from benchmarks.terminal import Terminal
from jokebox.library import Library
from jokebox.paths import BUNDLED

LETTERS = "абвгдежзийклмнопрстуфхцчшщыэюя"  # appear nowhere else on the screen
PROMPT = "Why did the cow"
CLEAR, LEAVE = "\x15", "\x11"  # ctrl+u, ctrl+q
PAUSES = (0.02, 0.15)  # seconds between keys
ANSWER_EVERY = 8.0  # seconds from a prompt to the next
LEARNING = b"epoch 1 of "  # on the screen from the first training step on


def main() -> None:
    """Run the benchmark, print its tables and write its report."""
    report = Report("feel", "Feel")
    seconds, rounds = (60, 3) if report.full else (25, 1)
    typed, watched = [], []
    for n in range(1, rounds + 1):
        typed.append(report.measure(f"typing, round {n}", session, seconds, True))
        if report.full:
            watched.append(report.measure(f"watching, round {n}", session, seconds, False))
    echoes(report, typed)
    costs(report, {"typing and talking": typed, "watching": watched})
    report.write()


def echoes(report: Report, sessions: list[dict[str, Any]]) -> None:
    """Add a table of the delays from key press to echo."""
    rows = []
    for phase in ("all", "starting", "learning"):
        delays = [
            1000 * delay
            for session in sessions
            for part, delay in session["delays"]
            if phase in ("all", part)
        ]
        p50, p99 = np.percentile(delays, (50, 99))
        rows.append((phase, f"{len(delays):,}", f"{p50:.1f}", f"{p99:.1f}", f"{max(delays):.1f}"))
    columns = ("phase", "keys", "50th percentile, ms", "99th, ms", "worst, ms")
    notes = [
        "the panel with the chart and the samples is open",
        "measured from the first frame of a first launch; `starting` lasts until the first training"
        " step, including the import of torch; after it the first run trains on all cores",
        f"a prompt is sent every {ANSWER_EVERY:.0f} s, and answered while keys are pressed",
        "targets: 99th at most 30 ms, worst at most 150 ms",
    ]
    report.add(Table("From key press to echo", columns, rows, notes))


def costs(report: Report, ways: dict[str, list[dict[str, Any]]]) -> None:
    """Add a table of how much slower training is with the screen than without."""
    rows = []
    for name, sessions in ways.items():
        if sessions:
            lost = [1 - session["alone"] / session["seconds"] for session in sessions]
            rows.append((name, f"{statistics.mean(lost):.1%}", f"{max(lost):.1%}"))
    columns = ("on the screen", "speed lost, mean", "worst round")
    notes = [
        "compared with `jokebox train --json` and the same preset up to the same step, run right"
        " after; target: 5 %"
    ]
    report.add(Table("Training beside the screen", columns, rows, notes))


def session(seconds: float, typing: bool) -> dict[str, Any]:
    """Measure a first launch of jokebox, which trains at once, then its run without a screen."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command.see_no_tips(home)
        with Terminal(command.JOKEBOX, home) as terminal:
            terminal.wait_for("Start a joke")
            delays = press_keys(terminal, seconds) if typing else rest(terminal, seconds)
            terminal.type(LEAVE)
            while terminal.read(30):
                pass
        step, took, rung = reached(Library(home / "data" / "models"))
    return {"delays": delays, "seconds": took, "alone": seconds_to(step, rung)}


def press_keys(terminal: Terminal, seconds: float) -> list[tuple[str, float]]:
    """Return the phase of each key press, and its delay in seconds."""
    draw, began, phase = random.Random(1), time.perf_counter(), "starting"
    delays, asked = [], began
    while time.perf_counter() < began + seconds:
        if time.perf_counter() > asked + ANSWER_EVERY:
            asked = time.perf_counter()
            terminal.type(f"{PROMPT}\r")
            terminal.drain(0.5)
        for letter in LETTERS:
            delay, told = echo(terminal, letter)
            delays.append((phase, delay))
            told += terminal.drain(draw.uniform(*PAUSES))
            if LEARNING in told:
                phase = "learning"
        terminal.type(CLEAR)
        terminal.drain(0.2)
    return delays


def echo(terminal: Terminal, letter: str) -> tuple[float, bytes]:
    """Return the seconds until `letter` is drawn, and all output until then."""
    told, began = b"", time.perf_counter()
    terminal.type(letter)
    while letter.encode() not in told:
        told += terminal.read(10) or sys.exit(f"no echo of {letter}")
    return time.perf_counter() - began, told


def rest(terminal: Terminal, seconds: float) -> list[tuple[str, float]]:
    """Press no key for so many seconds; there are no delays."""
    terminal.drain(seconds)
    return []


def reached(library: Library) -> tuple[int, float, str]:
    """Return the last step of the run, the seconds that it took to get there, and its preset."""
    if library.can_resume(BUNDLED):
        checkpoint, state = library.load_run(BUNDLED)
        return int(state["place"][0]), checkpoint.seconds, checkpoint.plan.rung
    checkpoint = library.load(BUNDLED)  # the run has finished
    return checkpoint.plan.steps, checkpoint.seconds, checkpoint.plan.rung


def seconds_to(step: int, preset: str) -> float:
    """Return the seconds that `jokebox train --json` takes to get to `step` with a preset."""
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            (*command.JOKEBOX, "train", "--preset", preset, "--json"),
            cwd=command.ROOT,
            env=command.environment(Path(home)),
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        points = [(0, 0.0)]
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress":
                points.append((event["step"], event["seconds"]))
                if event["step"] >= step:
                    break
        process.terminate()
        process.stdout.read()
    return float(np.interp(step, *np.transpose(points)))


if __name__ == "__main__":
    main()
