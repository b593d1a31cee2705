"""A joke file in memory, and what is read from it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from xml.sax.saxutils import escape

from jokebox.train.source import Row, Source

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
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


def workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    """Return an Excel file with these sheets, each a list of rows."""
    names = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(sheets, 1)
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i, _ in enumerate(sheets, 1)
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        link = f'<Relationship Id="r" Type="{kind}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{LINKS}">{link}</Relationships>')
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{kind}"><sheets>{names}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{LINKS}">{links}</Relationships>'
        )
        for i, rows in enumerate(sheets.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", _sheet(rows))
    return packed.getvalue()


def _sheet(rows: list[list[str]]) -> str:
    lines = "".join(f'<row r="{r}">{_cells(r, cells)}</row>' for r, cells in enumerate(rows, 1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cells(row: int, cells: list[str]) -> str:
    return "".join(
        f'<c r="{chr(65 + c)}{row}"><v>{cell}</v></c>'
        if cell.isdigit()
        else f'<c r="{chr(65 + c)}{row}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        for c, cell in enumerate(cells)
    )
