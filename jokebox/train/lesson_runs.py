"""The runs that the lesson starts, as a user could with the training dialog."""

from __future__ import annotations

import csv
from itertools import islice

from jokebox import files, paths
from jokebox.lesson import HUNDRED, TUTORIAL
from jokebox.train.request import Knobs, Request


def lesson_run(name: str) -> Request:
    """Return the run with this name, one of `lesson.RUNS`."""
    if name == TUTORIAL:
        return Request(model=TUTORIAL, preset="tutorial", knobs=Knobs(max_minutes=1))
    assert name == HUNDRED, "there is no other"
    # without dropout, at a high rate and long after it is good: it learns them by heart
    by_heart = Knobs(dropout=0, learning_rate=0.02, max_epochs=150)
    return Request(corpora=(str(_hundred_jokes()),), model=HUNDRED, preset="tiny", knobs=by_heart)


def _hundred_jokes() -> str:
    """Write the first hundred bundled jokes to a file, a line each, and return its path."""
    with paths.bundled_corpus().open(encoding="utf-8", newline="") as file:
        jokes = [row["Joke"] for row in islice(csv.DictReader(file), 100)]
    path = paths.data_dir() / "lesson" / f"{HUNDRED}.txt"
    files.write_atomically(path, "".join(f"{joke}\n" for joke in jokes).encode())
    return str(path)
