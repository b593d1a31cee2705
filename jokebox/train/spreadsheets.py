"""Spreadsheets -> jokes. pandas is imported in this file only."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from jokebox.errors import CorpusError
from jokebox.lm.text import sanitise
from jokebox.train.fields import listed
from jokebox.train.source import SAMPLE, Row, Source
from jokebox.train.tables import Record, table_jokes, understand
from jokebox.train.unpacking import MAX_BYTES

if TYPE_CHECKING:
    import pandas

SUFFIXES = (".xlsx", ".xls", ".ods")


def spreadsheet_rows(source: Source, wanted: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of the first sheet that has any; `wanted` are the columns with the jokes.

    Raises CorpusError if the workbook cannot be read, or as `table_rows` does.
    """
    sheets = {name: sheet for name, sheet in _sheets(source).items() if not sheet.empty}
    for name, sheet in islice(sheets.items(), 1):
        others = [other for other in sheets if other != name]
        if others:
            source.notices.append(
                f"{source.name}: only the sheet {sanitise(name)} was read, not {listed(others)}"
            )
        records = _records(sheet)
        table = understand(records[:SAMPLE], source, wanted)
        source.columns = table.used
        yield from table_jokes(iter(records[table.has_header :]), table, source)


def _sheets(source: Source) -> dict[str, pandas.DataFrame]:
    """Return the cells of each sheet as text."""
    import pandas

    try:
        _refuse_too_large(source)
        return pandas.read_excel(  # type: ignore[call-overload,no-any-return,unused-ignore]
            io.BytesIO(source.content),
            sheet_name=None,
            header=None,
            dtype=str,
            keep_default_na=False,
            engine="calamine",
        )
    except (CorpusError, MemoryError):
        raise
    except Exception as error:  # whatever calamine finds wrong: it names no common class
        raise CorpusError(
            "a spreadsheet cannot be read",
            f"{source.name}: {sanitise(str(error))[:200]}",
            "Open it in a spreadsheet program, and save it as CSV in UTF-8.",
        ) from None


def _records(sheet: pandas.DataFrame) -> list[Record]:
    """Return the rows that are not blank, without columns that are empty everywhere."""
    sheet = sheet.fillna("")
    sheet = sheet.loc[:, (sheet != "").any()]
    rows = zip(sheet.index, sheet.itertuples(index=False, name=None), strict=True)
    return [(int(number) + 1, [*map(str, cells)]) for number, cells in rows if any(cells)]


def _refuse_too_large(source: Source) -> None:
    """Raise CorpusError for a workbook that is small and unpacks to very much."""
    if not zipfile.is_zipfile(io.BytesIO(source.content)):
        return  # .xls is not packed
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MAX_BYTES:
        raise CorpusError(
            "a joke file is too large",
            f"{source.name} has more than {MAX_BYTES // 2**20} MiB when unpacked",
            "Split it, and train on a part of it.",
        )
