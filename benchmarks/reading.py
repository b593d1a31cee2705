"""Blind readings: mix told jokes with held-out ones, and add up what the readers marked.

    jokebox tell -n 100 --seed 1 --json > told.jsonl
    python -m benchmarks.reading sheet told.jsonl MODEL FOLDER    writes sheet.txt, for the readers
    python -m benchmarks.reading table FOLDER [--lines]           reads each marks-*.csv beside it

The rules of reading are in docs/reading.md. A reader is given those and sheet.txt alone; key.json
says where each line comes from. A file of marks has a row a line: number, grammatical, answers,
joke, class.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

from jokebox.library import Library

HELD_OUT = 50
SEED = 1
MARKS: dict[str, Callable[[dict[str, int]], bool]] = {  # a column, and whether a line counts in it
    "grammatical": lambda marks: marks["grammatical"] >= 1,
    "answers": lambda marks: marks["answers"] >= 1,
    "could pass": lambda marks: marks["joke"] >= 1,
    "works": lambda marks: marks["joke"] >= 2,
    "fit for a class": lambda marks: marks["class"] >= 1,
}
Marks = dict[int, dict[str, int]]


def main() -> None:
    """Write a sheet, or print the table of the marks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reading")
    commands = parser.add_subparsers(dest="command", required=True)
    sheet = commands.add_parser("sheet")
    sheet.add_argument("told", type=Path)
    sheet.add_argument("model", help="whose test jokes are mixed in")
    sheet.add_argument("folder", type=Path)
    table = commands.add_parser("table")
    table.add_argument("folder", type=Path)
    table.add_argument("--lines", action="store_true", help="print every line with its marks")
    arguments = parser.parse_args()
    if arguments.command == "sheet":
        write_sheet(arguments.told, arguments.model, arguments.folder)
    else:
        print_table(arguments.folder, lines=arguments.lines)


def write_sheet(told: Path, model: str, folder: Path) -> None:
    """Write the jokes in `told` and HELD_OUT test jokes of `model`, shuffled and numbered."""
    jokes = [json.loads(line)["text"].strip() for line in told.read_text("utf-8").splitlines()]
    rng = random.Random(SEED)
    held_out = rng.sample(Library().load(model).corpus.test, HELD_OUT)
    lines = [("told", joke) for joke in jokes] + [("held-out", joke) for joke in held_out]
    rng.shuffle(lines)
    folder.mkdir(parents=True, exist_ok=True)
    sheet = "".join(f"{number}. {joke}\n" for number, (_, joke) in enumerate(lines, 1))
    (folder / "sheet.txt").write_text(sheet, "utf-8")
    (folder / "key.json").write_text(json.dumps(lines, ensure_ascii=False, indent=0), "utf-8")


def print_table(folder: Path, *, lines: bool) -> None:
    """Print what each reader found, and how often each two agree."""
    key = json.loads((folder / "key.json").read_text("utf-8"))
    readings = {path.stem: read_marks(path, len(key)) for path in folder.glob("marks-*.csv")}
    print("|", " | ".join(["", "lines", *MARKS]), "|")
    print("|" + " --- |" * (2 + len(MARKS)))
    for origin in ("held-out", "told"):
        numbers = [number for number, (source, _) in enumerate(key, 1) if source == origin]
        for reader, marks in sorted(readings.items()):
            row(f"{origin}, {reader}", len(numbers), shares([marks[n] for n in numbers]))
    for (a, first), (b, second) in combinations(sorted(readings.items()), 2):
        agreed = [
            sum(has(first[n]) == has(second[n]) for n in first) / len(first)
            for has in MARKS.values()
        ]
        row(f"{a} and {b} agree", len(first), agreed)
    if lines:
        for number, (origin, joke) in enumerate(key, 1):
            each = [" ".join(map(str, m[number].values())) for _, m in sorted(readings.items())]
            print(f"| {number} | {origin} | {' | '.join(each)} | {joke} |")


def read_marks(path: Path, number: int) -> Marks:
    """Return the marks of each line; raises SystemExit if a line is missing."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: int(value) for name, value in row.items()} for row in csv.DictReader(file)]
    marks = {row.pop("number"): row for row in rows}
    if set(marks) != set(range(1, number + 1)):
        raise SystemExit(f"{path}: there should be marks for lines 1 to {number}")
    return marks


def shares(marks: Sequence[dict[str, int]]) -> list[float]:
    """Return the share of lines that have each of MARKS."""
    return [sum(map(has, marks)) / len(marks) for has in MARKS.values()]


def row(name: str, lines: int, values: Sequence[float]) -> None:
    """Print a row of the table."""
    print("|", " | ".join([name, str(lines), *(f"{value:.2f}" for value in values)]), "|")


if __name__ == "__main__":
    main()
