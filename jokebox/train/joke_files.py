"""Joke files -> jokes: what kind of file it is, and who reads its rows.

A file passes through here in this order: unpacking.py gives its bytes, decoding.py its encoding;
tables.py, spreadsheets.py, records.py or lines.py its rows; tidying.py removes traces of how they
were stored; and lm/corpus.py cleans the jokes and leaves out near-duplicates. Each row that is left
out is counted.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TypeVar

from jokebox import paths
from jokebox.errors import CorpusError
from jokebox.files import exists
from jokebox.lm.corpus import Corpus, CorpusBuilder, in_words
from jokebox.lm.text import MAX_LENGTH, sanitise
from jokebox.train import spreadsheets
from jokebox.train.decoding import find_encoding
from jokebox.train.fields import listed
from jokebox.train.lines import text_rows
from jokebox.train.records import json_rows
from jokebox.train.source import Layout, Row, Source
from jokebox.train.tables import looks_like_table, table_rows
from jokebox.train.tidying import tidied
from jokebox.train.unpacking import PACKINGS, printable, read_parts

# each may be followed by a packing
SUFFIXES = (".csv", ".tsv", ".txt", ".md", ".jsonl", ".json", *spreadsheets.SUFFIXES)
ENDINGS = (*SUFFIXES, *(s + packing for s, packing in product(SUFFIXES, PACKINGS)), ".zip")
Result = TypeVar("Result")
ROWS_A_LOOK = 2000  # after which it says how far it is
FIRST = 5  # jokes that a report shows
MOST_NOTICES = 20

NOT_UTF_8 = "not UTF-8"

_WEB_PAGE = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,1000}?-->\s*)?<(?:!doctype html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # a document of Word, or a spreadsheet
_OTHER_KINDS = {
    b"%PDF-": "a PDF document",
    b"{\\rtf": "a rich text document",
    _OLD_OFFICE: "an Office document",
    b"SQLite format 3\0": "a database",
    b"PAR1": "a Parquet file",
}


@dataclass(frozen=True)
class LeftOut:
    """The first row that was left out, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class FileReport:
    """What was found in a joke file.

    `separator` is that of a table; `columns` are those that its jokes were read from.
    """

    name: str
    jokes: int
    left_out: dict[str, int]  # rows by kind
    first_left_out: LeftOut | None
    separator: str | None
    encoding: str
    columns: tuple[str, ...]
    first: tuple[str, ...]  # jokes

    def notice(self) -> str:
        """Return in words what was left out; empty if nothing was."""
        if self.first_left_out is None:
            return ""
        first = self.first_left_out
        return (
            f"{self.name}: left out {in_words(self.left_out)};"
            f" the first is line {first.line:,}: {first.why}"
        )


@dataclass(frozen=True)
class Reading:
    """A corpus, what was found in each of its files, and all jokes in the order of the files.

    `left_out` counts the rows of all files that were left out, by kind.
    """

    corpus: Corpus
    files: tuple[FileReport, ...]
    jokes: tuple[str, ...]
    left_out: dict[str, int]


def read_corpus(
    files: Sequence[tuple[str, Path]], layout: Layout | None = None, *, letters_only: bool = False
) -> Generator[float, None, Reading]:
    """Read all `files`, pairs of name and path, as one corpus; yield how much is done, 0 to 1.

    The user's favourites are read as jokebox writes them, whatever `layout` the others have.
    Raises CorpusError if a file cannot be read, or too few jokes are left.
    """
    layout = layout or Layout()
    builder, reports, notices = CorpusBuilder(letters_only=letters_only), [], list[str]()
    try:
        for i, (_, path) in enumerate(files):
            favourites = path == paths.favourites_file()
            its_layout = Layout() if favourites else layout
            sources = open_file(path, its_layout)
            for j, source in enumerate(sources):
                report = _Report(source, favourites=favourites)
                for _ in report.take(read_rows(source, its_layout), builder):
                    yield (i + (j + source.share) / len(sources)) / len(files)
                reports.append(report.finished())
                notices += source.notices
        counts = sum((Counter(report.left_out) for report in reports), Counter[str]())
        left_out = dict(sorted(counts.items()))
        notices += filter(None, (report.notice() for report in reports))
        if len(notices) > MOST_NOTICES:  # of a folder or an archive
            more = f"and {len(notices) - MOST_NOTICES:,} more notices about other files"
            notices = [*notices[:MOST_NOTICES], more]
        names = tuple(name for name, _ in files)
        corpus = builder.build(names, left_out=left_out, notices=notices)
        return Reading(corpus, tuple(reports), builder.jokes(), left_out)
    except MemoryError:
        raise CorpusError(
            "not enough memory to read the jokes",
            ", ".join(name for name, _ in files),
            "Close other programs, or split the file and train on a part of it.",
        ) from None


def load_corpus(
    files: Sequence[tuple[str, Path]], layout: Layout | None = None, *, letters_only: bool = False
) -> Corpus:
    """Read all `files` as `read_corpus` does, without saying how much is done."""
    return result_of(read_corpus(files, layout, letters_only=letters_only)).corpus


def result_of(work: Generator[float, None, Result]) -> Result:
    """Return what `work` returns, whatever it says about how much is done."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def open_file(path: Path, layout: Layout) -> list[Source]:
    """Return the files in `path`, which may be an archive or a folder, ready to be read.

    Raises CorpusError if there are none, or they are not text, or no joke files.
    """
    _, suffix = split_name(path.name)
    is_known = suffix or path.is_dir()
    parts = read_parts(path) if is_known or not exists(path) else []
    names = [(name, split_name(name)[1], content) for name, content in parts]
    found = [(name, kind, content) for name, kind, content in names if kind in SUFFIXES]
    if not found:
        raise CorpusError(
            "unknown kind of joke file",
            f"{printable(path)} does not end in one of {', '.join(SUFFIXES)}"
            + f" or contain such a file ({listed(name for name, _ in parts)})" * bool(parts),
            "Rename it: .txt for a joke per line, .csv for a table with a column named Joke.",
        )
    alone = len(parts) == 1 and not path.is_dir()
    sources = []
    for name, kind, content in found:
        shown = printable(path) if alone else f"{printable(path)}: {sanitise(name)}"
        _refuse_other_kinds(shown, kind, content)
        source = Source(shown, kind, content)
        if kind not in spreadsheets.SUFFIXES:
            find_encoding(source, layout.encoding)
        sources.append(source)
    return sources


def read_rows(source: Source, layout: Layout) -> Iterator[Row]:
    """Yield the jokes of a file as they are learnt but for `normalise`, and what is left out."""
    if source.suffix in (".json", ".jsonl"):
        rows = json_rows(source, layout.columns)
    elif source.suffix in spreadsheets.SUFFIXES:
        rows = spreadsheets.spreadsheet_rows(source, layout.columns)
    elif source.suffix in (".csv", ".tsv"):
        rows = table_rows(source, layout.columns)
    elif source.suffix == ".txt" and not layout.blocks and looks_like_table(source.sample()):
        source.notices.append(f"{source.name} is a table: read as one, with its columns")
        rows = table_rows(source, layout.columns)
    else:
        rows = text_rows(source, blocks=layout.blocks)
    return tidied(rows, source)


def split_name(file_name: str) -> tuple[str, str]:
    """Return the stem of a file name, and its suffix in lower case, such as `.csv` or `.txt.gz`.

    If a file of this name is no joke file, this is the complete name and "".
    """
    lower = file_name.lower()
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if lower.endswith(ending):
            return file_name[: -len(ending)], ending
    return file_name, ""


class _Report:
    """Collects what is found in one file."""

    def __init__(self, source: Source, *, favourites: bool) -> None:
        self._source, self._favourites = source, favourites
        self._left_out = Counter[str]()
        self._first: LeftOut | None = None
        self._cut = 0

    def take(self, rows: Iterator[Row], builder: CorpusBuilder) -> Iterator[None]:
        """Give the jokes to `builder`; yield after every ROWS_A_LOOK rows."""
        self._builder, self._before = builder, len(builder)
        broken = self._source.errors == "replace"
        for number, (line, text, kind, why) in enumerate(rows, 1):
            if not kind:
                if broken and "\ufffd" in text:
                    kind, why = NOT_UTF_8, "it has bytes that are not UTF-8"
                else:
                    kind = why = builder.add(text, favourite=self._favourites)
            if kind:
                self._left_out[kind] += 1
                self._first = self._first or LeftOut(line, why)
            elif len(text) > MAX_LENGTH:
                self._cut += 1
            if not number % ROWS_A_LOOK:
                yield
        yield

    def finished(self) -> FileReport:
        """Return what was found."""
        source = self._source
        if self._cut:
            source.notices.append(f"{source.name}: cut to {MAX_LENGTH:,} characters: {self._cut:,}")
        return FileReport(
            name=source.name,
            jokes=len(self._builder) - self._before,
            left_out=dict(self._left_out),
            first_left_out=self._first,
            separator=source.separator,
            encoding=source.encoding,
            columns=source.columns,
            first=self._builder.jokes(self._before, self._before + FIRST),
        )


def _refuse_other_kinds(name: str, suffix: str, content: bytes) -> None:
    """Raise CorpusError if a file is a web page, or a document that is not text."""
    if _WEB_PAGE.match(content[:4096].removeprefix(codecs.BOM_UTF8)):
        raise CorpusError(
            "this is a web page, not a joke file",
            name,
            "Download the file itself, such as the one behind the button Raw or Download.",
        )
    for start, kind in _OTHER_KINDS.items():
        if content.startswith(start) and not (start == _OLD_OFFICE and suffix == ".xls"):
            raise CorpusError(
                f"this is {kind}, not a joke file", name, "Save it as CSV or as text first."
            )
