"""The tutorial's jokes: other people's text, which is never copied into the repository."""

from __future__ import annotations

from pathlib import Path

from jokebox.errors import CorpusError
from jokebox.train.corpora import resolve

NAME = "reddit-cleanjokes"
BESIDE = Path(__file__).parents[2] / "shared" / "data" / f"{NAME}.csv"
ABSENT = f"{NAME} is absent, and what needs it left out: run `jokebox corpora fetch {NAME}`."


def find() -> Path | None:
    """The file beside the checkout, else the fetched one."""
    if BESIDE.exists():
        return BESIDE
    try:
        return resolve(NAME)[1]
    except CorpusError:
        return None
