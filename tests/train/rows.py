"""A joke file in memory, and what is read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from jokebox.train.source import Row, Source

Reader = Callable[[Source], Iterator[Row]]


def source(content: str | bytes, suffix: str = ".csv") -> Source:
    """Return a joke file with this content, in UTF-8."""
    raw = content if isinstance(content, bytes) else content.encode()
    return Source(f"jokes{suffix}", suffix, raw)


def read(reader: Reader, opened: Source) -> list[str]:
    """Return the jokes that a reader finds."""
    return [row.text for row in reader(opened) if not row.left_out]


def left_out(reader: Reader, opened: Source) -> list[tuple[int, str]]:
    """Return the lines and kinds of the rows that a reader leaves out."""
    return [(row.line, row.left_out) for row in reader(opened) if row.left_out]
