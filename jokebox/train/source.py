"""A joke file while it is read: how it is to be read, its text, and what was found out about it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import NamedTuple

LONGEST_LINE = 2**20  # characters; jokes are cut long before
SAMPLE = 1000  # rows that are looked at before the first joke is read


@dataclass(frozen=True)
class Layout:
    """Say how joke files are to be read, if that is not clear from themselves.

    columns   the columns or fields that are the parts of a joke, in their order
    blocks    a joke is a block of lines between blank ones
    encoding  that of the text
    """

    columns: tuple[str, ...] = ()
    blocks: bool = False
    encoding: str | None = None


class Row(NamedTuple):
    """A joke, unchanged, or a row that is left out: of which kind, and why in words."""

    line: int
    text: str
    left_out: str = ""
    why: str = ""


@dataclass
class Source:
    """A joke file while it is read.

    `separator`, `columns` and `notices` are filled in by whoever reads its rows.
    """

    name: str  # as it may be shown
    suffix: str  # such as .csv, in lower case
    content: bytes = field(repr=False)
    encoding: str = "utf-8"
    codec: str = "utf-8-sig"
    errors: str = "strict"
    separator: str | None = None
    columns: tuple[str, ...] = ()
    notices: list[str] = field(default_factory=list)
    share: float = 0.0  # that was read, 0 to 1

    def text(self) -> str:
        """Return the whole text."""
        return self.content.decode(self.codec, self.errors)

    def sample(self) -> list[str]:
        """Return the first lines."""
        return list(islice(self.lines(newline=""), SAMPLE))

    def lines(self, newline: str | None = None) -> Iterator[str]:
        """Yield the lines with their ends; one that is too long is cut to LONGEST_LINE."""
        raw = io.BytesIO(self.content)
        stream = io.TextIOWrapper(raw, self.codec, self.errors, newline)
        size = len(self.content) or 1
        for number in count(1):
            line = stream.readline(LONGEST_LINE)
            if not line:
                return
            rest = line
            while len(rest) == LONGEST_LINE and rest[-1] not in "\r\n":
                rest = stream.readline(LONGEST_LINE)
            if not number % 1024:
                self.share = raw.tell() / size
            yield line
