"""Joke files -> jokes. pandas is imported in this file only."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import stat
import zlib
from collections.abc import Sequence
from pathlib import Path

from jokebox.errors import CorpusError
from jokebox.lm.corpus import Corpus, build_corpus
from jokebox.lm.text import sanitise

SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl")  # each may be followed by .gz
# Of a file when unpacked: about two million jokes. Reading takes ten times as much memory, so this
# is also the protection against gzip bombs.
MAX_BYTES = 256 * 2**20

_NOT_A_JOKE = re.compile(r"[!-~]*|[\d:.,/ +-]*")  # an id, a number, a date, a URL, a one-word label
_COLUMN_NAME = re.compile(r"(?!\d)[\w()/-]{1,30}( [\w()/-]{1,30}){0,2}")


def load_corpus(
    files: Sequence[tuple[str, Path]], *, column: str | None = None, letters_only: bool = False
) -> Corpus:
    """Read all `files`, pairs of name and path, as one corpus.

    Raises CorpusError if a file cannot be read, or too few jokes are left.
    """
    jokes: list[str] = []
    notices: list[str] = []
    for _, path in files:
        file_jokes, file_notices = read_jokes(path, column)
        jokes += file_jokes
        notices += file_notices
    names = tuple(name for name, _ in files)
    return build_corpus(jokes, names, letters_only=letters_only, notices=notices)


def read_jokes(path: Path, column: str | None = None) -> tuple[list[str], list[str]]:
    """Return the jokes of a file, unchanged, and notices for the user about how it was read.

    A `.csv` or `.tsv` file has a column `Joke` or a single column of text, or `column` names one;
    a `.txt` file has a joke per line; a `.jsonl` file has objects with the fields `joke`, `text`,
    or `title` and `body`, or the field that `column` names. Any of them may be gzipped. Raises
    CorpusError, naming the file and, if known, line and column, if it cannot be read.
    """
    _, suffix = split_name(path.name)
    if not suffix:
        raise CorpusError(
            "unknown kind of joke file",
            f"{_printable(path)} does not end in one of {', '.join(SUFFIXES)}",
            "Rename it: .txt for a joke per line, .csv for a table with a column named Joke.",
        )
    text, notices = _decode(_read_bytes(path), path)
    match suffix.removesuffix(".gz"):
        case ".csv":
            jokes = _from_table(text, ",", path, column)
        case ".tsv":
            jokes = _from_table(text, "\t", path, column)
        case ".jsonl":
            jokes = _from_json_lines(text, path, column)
        case _:
            jokes = [line for line in _lines(text) if line.strip()]
    return jokes, notices


def split_name(file_name: str) -> tuple[str, str]:
    """Return the stem of a file name, and its suffix in lower case, such as `.csv` or `.txt.gz`.

    If a file of this name is no joke file, this is the complete name and "".
    """
    lower = file_name.lower()
    for suffix in SUFFIXES:
        for ending in (suffix, suffix + ".gz"):
            if lower.endswith(ending):
                return file_name[: -len(ending)], ending
    return file_name, ""


def _read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked if it is gzipped; raise CorpusError if it cannot."""
    name = _printable(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise CorpusError("not a joke file", f"{name} is {kind}", "Give the path of a file.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(content)) as unpacked:
                content = unpacked.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CorpusError("no such joke file", name, "Check the spelling.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(
            "a gzip file is damaged", f"{name}: {error}", "Copy or download it again."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(
            "a joke file cannot be read", f"{name}: {reason}", "Check the path and its permissions."
        ) from None
    if len(content) > MAX_BYTES:
        raise CorpusError(
            "a joke file is too large",
            f"{name} has more than {MAX_BYTES // 2**20} MiB when unpacked",
            "Split it, and train on a part of it.",
        )
    return content


def _decode(content: bytes, path: Path) -> tuple[str, list[str]]:
    """Return the text of `content` and notices.

    It is UTF-8 or UTF-16 if it has such a byte order mark; else UTF-8 if it is valid; else
    Windows-1252, with a notice.
    """
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    notices = []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_after(content[: error.start].decode(encoding, "replace"))
        if is_utf16 or b"\0" in content:
            raise _not_text(path, line) from None
        try:
            text = content.decode("windows-1252")
        except UnicodeDecodeError:
            raise _not_text(path, line) from None
        notices = [f"{_printable(path)} is not UTF-8 ({line}): read as Windows-1252"]
    if "\0" in text:
        raise _not_text(path, _line_after(text.partition("\0")[0]))
    return text, notices


def _line_after(text: str) -> str:
    """Return the number of the line in which the next character after `text` is, as "line 3"."""
    return f"line {len(_lines(text))}"


def _not_text(path: Path, line: str) -> CorpusError:
    return CorpusError(
        "a joke file is not text",
        f"{_printable(path)}, {line}: bytes that are not UTF-8, UTF-16 or Windows-1252 text",
        "Save it as UTF-8 text.",
    )


def _lines(text: str) -> list[str]:
    """Return the lines of `text`, which may end as on any system."""
    return io.StringIO(text, newline=None).read().split("\n")


def _from_table(text: str, separator: str, path: Path, column: str | None) -> list[str]:
    """Return the jokes of a .csv or .tsv file; raise CorpusError if it is malformed."""
    import pandas

    try:
        # no header: then pandas checks every row against the width of the first one, and
        # `_is_header` decides if that holds names
        table = pandas.read_csv(
            io.StringIO(text), sep=separator, header=None, dtype=str, na_filter=False
        )
    except pandas.errors.EmptyDataError:
        return []
    except pandas.errors.ParserError as error:
        unclosed = "EOF inside string" in str(error)
        raise CorpusError(
            "a table of jokes is malformed",
            f"{_printable(path)}, line {_malformed_line(text, separator)}: "
            + ("a quote is never closed" if unclosed else "more fields than in the first line"),
            "Put a joke that contains the separator in double quotes, and double the quotes in it; "
            "or, if each line is a joke, rename the file to .txt.",
        ) from None
    columns: list[list[str]] = [table[i].tolist() for i in table.columns]
    names = [values[0].strip() for values in columns]
    if _is_header(names, column):
        columns = [values[1:] for values in columns]
    else:
        names = [str(number) for number in range(1, len(columns) + 1)]
    return columns[_joke_column(names, columns, path, column)]


def _is_header(cells: list[str], column: str | None) -> bool:
    """Return whether the cells of the first row are names of columns, not a joke or a number."""
    folded = [cell.casefold() for cell in cells]
    if "joke" in folded or (column is not None and column.casefold() in folded):
        return True
    return any(cells) and all(not cell or _COLUMN_NAME.fullmatch(cell) for cell in cells)


def _joke_column(names: list[str], columns: list[list[str]], path: Path, column: str | None) -> int:
    """Return the index of the column with the jokes; raise CorpusError if it is not clear which."""
    wanted = (column or "joke").casefold()
    for i, name in enumerate(names):
        if name.casefold() == wanted:
            return i
    texts = [i for i, values in enumerate(columns) if not all(map(_NOT_A_JOKE.fullmatch, values))]
    if column is None and len(columns) == 1:
        return 0
    if column is None and len(texts) == 1:
        return texts[0]
    listed = ", ".join(sanitise(name) or "(no name)" for name in names)
    if column is not None:
        problem = f"no column is called {sanitise(column)}"
    else:
        problem = "several columns hold text" if texts else "no column holds text"
    raise CorpusError(
        "which column holds the jokes?",
        f"{_printable(path)}: {problem}; its columns are {listed}",
        f"Choose one with --column, as in --column {sanitise(names[texts[0] if texts else 0])!r}.",
    )


def _malformed_line(text: str, separator: str) -> int:
    """Return the line in which the malformed row begins, counted from 1.

    That is the first row that is too wide, or else the last row, which has an unclosed quote.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    width, begins, next_begins = 0, 1, 1
    try:
        for row in rows:
            begins, next_begins = next_begins, rows.line_num + 1
            width = width or len(row)
            if len(row) > width:
                break
    except csv.Error:  # a field of more than 128 KiB
        begins = next_begins
    return begins


def _from_json_lines(text: str, path: Path, column: str | None) -> list[str]:
    """Return the jokes of a .jsonl file; raise CorpusError if a line is not JSON or has no joke."""
    jokes = []
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        where = f"{_printable(path)}, line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                "a line is not JSON",
                f"{where}: {error}",
                'Each line must be an object such as {"joke": "..."}: correct or delete this one.',
            ) from None
        jokes.append(_joke_in(record, where, column))
    return jokes


def _joke_in(record: object, where: str, column: str | None) -> str:
    """Return the joke of a JSON value; raise CorpusError if it has none."""
    fields = {k.casefold(): v or "" for k, v in record.items()} if isinstance(record, dict) else {}
    for names in ([column.casefold()],) if column else (["joke"], ["text"], ["title", "body"]):
        values = [fields[name] for name in names if name in fields]
        if len(values) == len(names) and all(isinstance(value, str) for value in values):
            return " ".join(values)
    wanted = sanitise(column) if column else "joke, text, or title and body"
    raise CorpusError(
        "a line has no joke",
        f"{where}: no text under {wanted}; it has {sanitise(', '.join(fields)) or 'no fields'}",
        "Name the field with --column, or correct or delete the line.",
    )


def _printable(path: Path) -> str:
    return sanitise(str(path))
