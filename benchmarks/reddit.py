"""The tutorial's corpus: the text of other people, which is never copied into the repository."""

from __future__ import annotations

from pathlib import Path

from jokebox.errors import CorpusError
from jokebox.train.corpora import resolve

NAME = "reddit-cleanjokes"
BESIDE = Path(__file__).parents[2] / "shared" / "data" / f"{NAME}.csv"
ABSENT = f"{NAME} is missing, so tables that need it are skipped: jokebox corpora fetch {NAME}"


def find() -> Path | None:
    """Return the file beside the checkout, else the fetched one; None if there is neither."""
    if BESIDE.exists():
        return BESIDE
    try:
        return resolve(NAME)[1]
    except CorpusError:
        return None
