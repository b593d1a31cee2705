"""Feel: from key press to echo while `standard` trains, and what the screen costs training."""

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
from jokebox.train.corpora import BUNDLED

LETTERS = "абвгдежзийклмнопрстуфхцчшщыэюя"  # nothing else on the screen has them
PROMPT = "Why did the cow"
CLEAR, LEAVE = "\x15", "\x11"  # ctrl+u, ctrl+q
STATE = "\x1b[19~"  # f8
PAUSES = (0.02, 0.15)  # seconds between keys
ANSWER_EVERY = 8.0  # seconds
LEARNING = b": epoch "  # on the screen from the first training step on


def main() -> None:
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
        "with the chart, the samples and the state map open",
        "from the first frame of a first launch: `starting` until the first training step, torch's"
        " import included; then `standard` trains with all cores",
        f"a prompt is sent every {ANSWER_EVERY:.0f} s, and answered meanwhile",
        "targets: 99th at most 30 ms, worst at most 150 ms",
    ]
    report.add(Table("From key press to echo", columns, rows, notes))


def costs(report: Report, ways: dict[str, list[dict[str, Any]]]) -> None:
    rows = []
    for name, sessions in ways.items():
        if sessions:
            lost = [1 - session["alone"] / session["seconds"] for session in sessions]
            rows.append((name, f"{statistics.mean(lost):.1%}", f"{max(lost):.1%}"))
    columns = ("on the screen", "speed lost, mean", "worst round")
    notes = ["seconds that `jokebox train --json` takes to the same step, right after; target: 5 %"]
    report.add(Table("Training beside the screen", columns, rows, notes))


def session(seconds: float, typing: bool) -> dict[str, Any]:
    """The first launch of jokebox, which trains by itself; then the same run without a screen."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command.see_no_tips(home)
        with Terminal(command.JOKEBOX, home) as terminal:
            terminal.wait_for("Start a joke")
            terminal.type(STATE)  # beside the chart and the samples: all that moves is shown
            delays = press_keys(terminal, seconds) if typing else rest(terminal, seconds)
            terminal.type(LEAVE)
            while terminal.read(30):
                pass
        step, took = reached(Library(home / "data" / "models"))
    return {"delays": delays, "seconds": took, "alone": seconds_to(step)}


def press_keys(terminal: Terminal, seconds: float) -> list[tuple[str, float]]:
    """The phase and the delay of each key press."""
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
    """Seconds until `letter` is drawn, and all that was."""
    told, began = b"", time.perf_counter()
    terminal.type(letter)
    while letter.encode() not in told:
        told += terminal.read(10) or sys.exit(f"no echo of {letter}")
    return time.perf_counter() - began, told


def rest(terminal: Terminal, seconds: float) -> list[tuple[str, float]]:
    terminal.drain(seconds)
    return []


def reached(library: Library) -> tuple[int, float]:
    """The step that the run had come to, and the seconds that it had taken."""
    if library.can_resume(BUNDLED):
        checkpoint, state = library.load_run(BUNDLED)
        return int(state["place"][0]), checkpoint.seconds
    checkpoint = library.load(BUNDLED)  # it had finished
    return checkpoint.plan.steps, checkpoint.seconds


def seconds_to(step: int) -> float:
    """How long `jokebox train --json` takes to come to `step`."""
    with (
        tempfile.TemporaryDirectory() as home,
        subprocess.Popen(
            (*command.JOKEBOX, "train", "--json"),
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
