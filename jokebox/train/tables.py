"""Tables -> jokes: the separator, the header, the columns. clevercsv is imported in this file only.

Rows are read by the standard library's csv module, in its strict mode: if it meets a quote that
does not belong to a quoted field, the line is read again as one without quoted fields.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, islice

from jokebox.errors import CorpusError
from jokebox.train.fields import DELETED, JOKE_FIELDS, SAYS_DELETED, is_deleted, join, listed
from jokebox.train.source import SAMPLE, Row, Source

SEPARATORS = (",", ";", "\t", "|")
WRONG_WIDTH = "with a wrong number of fields"
LOOKED_AT = 100  # lines, by clevercsv: more take it long

_ONE_COLUMN = "\x1f"  # the separator of a table with one column: no text has it
_NOT_A_JOKE = re.compile(r"[!-~]*|[\d:.,/ +-]*")  # an id, a number, a date, a URL, a one-word label
_NUMBER = re.compile(r"\s*\d[\d:./ +-]*")
_COLUMN_NAME = re.compile(r"(?!\d)[\w()/-]{1,30}( [\w()/-]{1,30}){0,2}")
_EXCEL = re.compile(r'"?sep=(.)"?[;,\t|]*\s*', re.IGNORECASE)
_DOUBLED = re.compile(r'[^,;\t|"]""')

Record = tuple[int, list[str]]  # the line that it begins in, and its fields


def table_rows(source: Source, wanted: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table; `wanted` are the columns with the jokes, if any are named.

    Raises CorpusError if it is not clear which columns those are, or if most rows do not fit.
    """
    form = find_form(source.sample(), source.suffix, wanted)
    source.separator = None if form.separator == _ONE_COLUMN else form.separator
    lines = _Lines(source.lines(newline=""), form)
    records = dropwhile(lambda record: not any(map(str.strip, record[1])), _records(lines, form))
    first = list(islice(records, SAMPLE))
    if not first:
        return
    table = understand(first, source, wanted)
    source.columns = table.used
    yield from table_jokes(chain(first[table.has_header :], records), table, source)
    if lines.first_lone_quote:
        source.notices.append(
            f"{source.name}: quotes that begin or end no field were read as letters; the first is"
            f" in line {lines.first_lone_quote:,}"
        )


def looks_like_table(sample: Sequence[str]) -> bool:
    """Return whether the lines of a .txt file are rows of a table.

    They have equally many tabs, or a header that names a column of jokes.
    """
    lines = [line for line in sample if line.strip()]
    if len(lines) < 2:
        return False
    tabs, how_often = Counter(line.count("\t") for line in lines).most_common(1)[0]
    if tabs and how_often >= 0.9 * len(lines):
        return True
    separator = _header_separator(lines, ())
    names = set(_cells(lines[0], separator)) if separator else set()
    return any(names.issuperset(fields) for fields in JOKE_FIELDS)


# How it is written --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Form:
    """How a table is written."""

    separator: str
    skip: int = 0  # lines before it
    backslashes: bool = False  # in a quoted field, a quote has a backslash before it
    spaces: bool = False  # after each separator, and before the quotes


def find_form(sample: Sequence[str], suffix: str, wanted: Sequence[str] = ()) -> Form:
    """Return how a table that begins with these lines is written.

    Excel's line `sep=;` says it, or the header, or the suffix .tsv; else clevercsv is asked.
    """
    lines = [line for line in sample if line.strip()]
    named = _EXCEL.fullmatch(lines[0]) if lines else None
    if named:
        return _form(lines[1:], named[1], 1 + sample.index(lines[0]))
    separator = _header_separator(lines, wanted)
    if separator is None and suffix != ".csv" and 2 * sum("\t" in li for li in lines) > len(lines):
        separator = "\t"
    return _form(lines, separator or _headless_separator(lines), 0)


def _form(lines: Sequence[str], separator: str, skip: int) -> Form:
    spaced = sum(f'{separator} "' in line for line in lines)
    escaped = sum('\\"' in line for line in lines)
    doubled = sum(_DOUBLED.search(line) is not None for line in lines)
    return Form(separator, skip, escaped > doubled, 2 * spaced > len(lines))


def _header_separator(lines: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Return the separator that makes names of the first line, and rows of most of the others."""
    best, most = None, 1
    for separator in SEPARATORS if lines else ():
        cells = _cells(lines[0], separator)
        rows = sum(separator in line for line in lines[1:])
        if len(cells) > most and 2 * rows >= len(lines) - 1 and is_header(cells, wanted):
            best, most = separator, len(cells)
    return best


def _cells(line: str, separator: str) -> list[str]:
    (row,) = [*_plain_rows([line], separator)] or [[]]
    return [cell.strip().casefold() for cell in row]


def _headless_separator(lines: Sequence[str]) -> str:
    """Return the separator of a table without a header.

    It is _ONE_COLUMN if the lines do not have equally many fields, or if they are text: not quoted,
    a space after most separators, and no column of numbers.
    """
    if len(lines) < 2:
        return _ONE_COLUMN
    import clevercsv

    sample = "".join(line.rstrip("\r\n") + "\n" for line in lines[:LOOKED_AT])[: 2**16]
    found = clevercsv.Detector().detect(sample, delimiters=list(SEPARATORS))
    separator = str(found.delimiter) if found else ""
    rows = list(_plain_rows(lines, separator)) if separator in SEPARATORS else []
    if not rows or (len(rows[0]) == 1 and is_header(rows[0])):
        return _ONE_COLUMN
    width, number = Counter(map(len, rows)).most_common(1)[0]
    if width < 2 or number < 0.8 * len(rows):
        return _ONE_COLUMN
    columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
    numbers = any(all(map(_NUMBER.fullmatch, column)) for column in columns)
    quoted = sum(f'{separator}"' in line or line.startswith('"') for line in lines)
    spaced = sum(cell.startswith(" ") for column in columns[1:] for cell in column)
    is_text = 2 * spaced > (width - 1) * number and 2 * quoted < len(lines)
    return _ONE_COLUMN if is_text and not numbers else separator


def _plain_rows(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Yield the rows that can be read; the others do not count here."""
    rows = csv.reader(lines, delimiter=separator)
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue


# Its records --------------------------------------------------------------------------------------


class _Lines:
    """The lines of a table for csv.reader, some of which may be given back to be read again."""

    def __init__(self, lines: Iterator[str], form: Form) -> None:
        self.number = sum(1 for _ in islice(lines, form.skip))  # of the last line
        self.record: list[str] = []  # lines since the last record
        self.first_lone_quote = 0  # its line
        if form.backslashes:
            lines = (line.replace('\\"', '""') for line in lines)
        self._lines, self._again = lines, deque[str]()

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self.number += 1
        self.record.append(line)
        return line

    def give_back(self) -> str:
        """Give all lines of the record back but the first, which is returned."""
        line, *others = self.record
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        self.first_lone_quote = self.first_lone_quote or self.number
        return line


def _records(lines: _Lines, form: Form) -> Iterator[Record]:
    """Yield the records; one over several lines that does not fit is none, but a lone quote."""
    width = 0
    while True:
        reader = csv.reader(
            lines, delimiter=form.separator, skipinitialspace=form.spaces, strict=True
        )
        try:
            while True:
                lines.record.clear()
                begins = lines.number + 1
                fields = next(reader)
                width = width or len(fields)
                if len(lines.record) > 1 and len(fields) != width:
                    break
                yield begins, fields
        except StopIteration:
            return
        except csv.Error:
            pass
        fields = lines.give_back().rstrip("\r\n").split(form.separator)
        width = width or len(fields)
        yield begins, fields


# What is in it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """The columns of a table, and which of them are the parts of its jokes."""

    names: tuple[str, ...]
    has_header: bool
    chosen: tuple[int, ...]
    empty: str  # what to say if none of the chosen columns has any text

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the columns with the jokes; empty if the only column has no name."""
        if self.has_header or len(self.names) > 1:
            return tuple(self.names[i] for i in self.chosen)
        return ()


def is_header(cells: Sequence[str], wanted: Sequence[str] = ()) -> bool:
    """Return whether the cells of the first row are names of columns, not a joke or a number."""
    folded = [cell.strip().casefold() for cell in cells]
    if "joke" in folded or any(name.casefold() in folded for name in wanted):
        return True
    named = folded[1:] if len(folded) > 1 and not folded[0] else folded
    if [*map(str, range(len(named)))] == named:  # as pandas numbers columns without names
        return True
    return any(folded) and all(not cell or _COLUMN_NAME.fullmatch(cell) for cell in folded)


def understand(first: Sequence[Record], source: Source, wanted: Sequence[str]) -> Table:
    """Return what the first rows say about the table; raise CorpusError if that is not clear."""
    cells = first[0][1]
    has_header = is_header(cells, wanted)
    if has_header:
        names, body = [cell.strip() for cell in cells], first[1:]
    else:
        width = Counter(len(fields) for _, fields in first if fields).most_common(1)[0][0]
        names, body = [str(number) for number in range(1, width + 1)], first
    rows = (fields for _, fields in body if len(fields) == len(names))
    columns = [*zip(*rows, strict=True)] or [()] * len(names)
    texts = [i for i, c in enumerate(columns) if not all(map(_NOT_A_JOKE.fullmatch, c))]
    chosen = _choose(names, texts, source, wanted)
    filled = [names[i] for i in texts if i not in chosen]
    empty = f"column {listed(names[i] for i in chosen)} is empty"
    if filled:
        empty += f", but {listed(filled)} is not; choose it with --column {listed(filled[:1])!r}"
    return Table(tuple(names), has_header, tuple(chosen), empty)


def _choose(
    names: Sequence[str], texts: Sequence[int], source: Source, wanted: Sequence[str]
) -> list[int]:
    """Return the columns that are the parts of a joke; `texts` are those that hold text."""
    places: dict[str, int] = {}
    for i, name in enumerate(names):
        places.setdefault(name.casefold(), i)
    for fields in [tuple(name.casefold() for name in wanted)] if wanted else JOKE_FIELDS:
        if all(name in places for name in fields):
            return [places[name] for name in fields]
    if not wanted and len(names) == 1:
        return [0]
    if not wanted and len(texts) == 1:
        return [*texts]
    if wanted:
        missing = [name for name in wanted if name.casefold() not in places]
        problem = f"no column is called {listed(missing)}"
    else:
        problem = "several columns hold text" if texts else "no column holds text"
    raise CorpusError(
        "which column holds the jokes?",
        f"{source.name}: {problem}; its columns are {listed(names)}",
        f"Choose with --column, as in --column {listed([names[texts[0] if texts else 0]])!r};"
        " give it several times if a joke has several parts.",
    )


def table_jokes(records: Iterator[Record], table: Table, source: Source) -> Iterator[Row]:
    """Yield the jokes of all records, and what is left out; raise CorpusError if most are."""
    width, chosen, last = len(table.names), table.chosen, max(table.chosen)
    good = wrong = 0
    first_wrong = ""
    has_text = False
    for line, fields in records:
        if len(fields) != width:
            if not any(fields):
                continue  # a blank line
            if last >= len(fields) or any(fields[width:]):
                wrong += 1
                why = f"{len(fields):,} fields instead of {width:,}"
                first_wrong = first_wrong or f"line {line:,} has {why}"
                yield Row(line, "", WRONG_WIDTH, why)
                continue
        good += 1
        if len(chosen) == 1:
            text = fields[last]
            deleted = is_deleted(text)
        else:
            parts = [fields[i] for i in chosen]
            text, deleted = join(parts), any(map(is_deleted, parts))
        has_text = has_text or bool(text)
        yield Row(line, "", DELETED, SAYS_DELETED) if deleted else Row(line, text)
    if wrong > good:
        raise CorpusError(
            "most rows of a table do not fit",
            f"{source.name}: {wrong:,} of {wrong + good:,} rows have more or fewer fields than the"
            f" first one, separated by {_in_words(source.separator)}; {first_wrong}",
            "Put a joke that contains the separator in double quotes, and double the quotes in it; "
            "or, if each line is a joke, rename the file to .txt.",
        )
    if good and not has_text:
        raise CorpusError("there are no jokes in that column", f"{source.name}: {table.empty}")


def _in_words(separator: str | None) -> str:
    return "tabs" if separator == "\t" else f"{separator!r}"
