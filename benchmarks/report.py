"""Reports: measurements, each stored as soon as it is made, and tables of them."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch

import jokebox
from jokebox.train.network import pick_device, pick_precision

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Table:
    """A table with a heading and notes; every cell is text."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """Return the table in Markdown."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self.columns, ["-" * width for width in widths], *self.rows]
        grid = ["| " + " | ".join(map(str.ljust, cells, widths)) + " |" for cells in lines]
        return "\n".join([f"## {self.heading}", "", *grid, "", *(f"- {n}" for n in self.notes)])


class Report:
    """The report of a benchmark, with its command-line options.

    Each measurement is stored in `results/NAME.json` as soon as it is made, so that an interrupted
    benchmark continues. The files of the long form are in the repository; those of the short form
    are in `results/short/`, which is not.
    """

    def __init__(self, name: str, title: str) -> None:
        parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=title)
        parser.add_argument(
            "--full", action="store_true", help="run the long form: all rows and seeds"
        )
        parser.add_argument("--fresh", action="store_true", help="discard stored measurements")
        options = parser.parse_args()
        self.full: bool = options.full
        self.title = title
        self.machine = machine()
        self.tables: list[Table] = []
        self._path = (RESULTS if self.full else RESULTS / "short") / f"{name}.json"
        self._measured: dict[str, Any] = {}
        if self._path.exists() and not options.fresh:
            self._go_on()

    def _go_on(self) -> None:
        stored = json.loads(self._path.read_text())
        if stored["machine"] != self.machine:
            sys.exit(f"{self._path} is from another machine or version: use --fresh to start over")
        self._measured = stored["measurements"]

    def measure(self, key: str, make: Callable[..., Any], *arguments: Any) -> Any:
        """Return `make(*arguments)`, which must be plain JSON; stored under `key` for reruns."""
        if key not in self._measured:
            print(f"measuring {key}", file=sys.stderr, flush=True)
            self._measured[key] = make(*arguments)
            self._store()
        return self._measured[key]

    def add(self, table: Table) -> None:
        """Add a table and print it."""
        self.tables.append(table)
        print(f"\n{table.markdown()}", flush=True)

    def write(self) -> None:
        """Write all tables to `NAME.json`, and to `NAME.md` for people."""
        self._store()
        machine = ", ".join(f"{what} {value}" for what, value in self.machine.items())
        form = "the long form" if self.full else "the short form: a first look, one seed"
        parts = [f"# {self.title}", f"{machine}; {form}."]
        parts += [table.markdown().rstrip() for table in self.tables]
        self._path.with_suffix(".md").write_text("\n\n".join(parts) + "\n")

    def _store(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        tables = [
            {"heading": t.heading, "rows": [dict(zip(t.columns, r, strict=True)) for r in t.rows]}
            for t in self.tables
        ]
        content = {"machine": self.machine, "tables": tables, "measurements": self._measured}
        self._path.write_text(json.dumps(content, indent=1) + "\n")


def machine() -> dict[str, str]:
    """Return what the measurements depend on: hardware, precision and versions."""
    return {
        "CPU": _cpu(),
        "cores": str(os.cpu_count()),
        "precision": pick_precision(pick_device()),
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "NumPy": numpy.__version__,
        "jokebox": jokebox.__version__,
    }


def _cpu() -> str:
    flags = Path("/proc/cpuinfo")
    for line in flags.read_text().splitlines() if flags.exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
