"""Joke files -> jokes. pandas is imported in this file alone."""

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
# Some two million jokes, unpacked: reading takes ten times that in memory, and a gzip bomb no more.
MAX_BYTES = 256 * 2**20

_CODE = re.compile(r"[!-~]*|[\d:.,/ +-]*")  # an id, a number, a date, an address, a one-word label
_COLUMN_NAME = re.compile(r"(?!\d)[\w()/-]{1,30}( [\w()/-]{1,30}){0,2}")


def load_corpus(
    files: Sequence[tuple[str, Path]], *, column: str | None = None, letters_only: bool = False
) -> Corpus:
    """The jokes of all `files`, pairs of name and path, as one corpus; raises CorpusError."""
    jokes: list[str] = []
    notices: list[str] = []
    for _, path in files:
        more, said = read_jokes(path, column)
        jokes += more
        notices += said
    names = tuple(name for name, _ in files)
    return build_corpus(jokes, names, letters_only=letters_only, notices=notices)


def read_jokes(path: Path, column: str | None = None) -> tuple[list[str], list[str]]:
    """The jokes of a file as they stand in it, and what the user should know about the reading.

    `.csv` and `.tsv` have a column `Joke`, else one column of text, else `column` says which;
    `.txt` has a joke a line; `.jsonl` has objects with `joke`, `text`, or `title` and `body`.
    Any of these may be gzipped. Raises CorpusError naming file, line and column.
    """
    _, suffix = split_name(path.name)
    if not suffix:
        raise CorpusError(
            "jokebox cannot tell how to read this file",
            f"{_shown(path)} ends in none of {', '.join(SUFFIXES)}",
            "Rename it: .txt for a joke a line, .csv for a table with a column Joke.",
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
    """A file name's stem and its suffix in lower case (`.csv`, `.txt.gz`); "" where unreadable."""
    lower = file_name.lower()
    for suffix in SUFFIXES:
        for whole in (suffix, suffix + ".gz"):
            if lower.endswith(whole):
                return file_name[: -len(whole)], whole
    return file_name, ""


def _read_bytes(path: Path) -> bytes:
    """The file's content, unpacked where it is gzip."""
    shown = _shown(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            what = "a folder" if stat.S_ISDIR(mode) else "not a plain file"
            raise CorpusError("not a joke file", f"{shown} is {what}", "Name the file itself.")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(content)) as unpacked:
                content = unpacked.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise CorpusError("no such joke file", shown, "Check the spelling.") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CorpusError(
            "a gzip file is not whole", f"{shown}: {error}", "Copy or download it again."
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CorpusError(
            "a joke file cannot be read", f"{shown}: {why}", "Check the path and its permissions."
        ) from None
    if len(content) > MAX_BYTES:
        raise CorpusError(
            "a joke file is too large",
            f"{shown} holds more than {MAX_BYTES // 2**20} MiB, unpacked",
            "Train on a part of it.",
        )
    return content


def _decode(content: bytes, path: Path) -> tuple[str, list[str]]:
    """UTF-8 or UTF-16 by its byte order mark, else UTF-8, else Windows-1252 with a notice."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if marked else "utf-8-sig"
    notices = []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        bad = _line_after(content[: error.start].decode(encoding, "replace"))
        if marked or b"\0" in content:
            raise _binary(path, bad) from None
        try:
            text = content.decode("windows-1252")
        except UnicodeDecodeError:
            raise _binary(path, bad) from None
        notices = [f"{_shown(path)} is not UTF-8 ({bad}): read as Windows-1252"]
    if "\0" in text:
        raise _binary(path, _line_after(text.partition("\0")[0]))
    return text, notices


def _line_after(text: str) -> str:
    return f"line {len(_lines(text))}"


def _binary(path: Path, where: str) -> CorpusError:
    return CorpusError(
        "a joke file is not text",
        f"{_shown(path)}, {where}: bytes that are no text in UTF-8, UTF-16 or Windows-1252",
        "Save it as UTF-8 text.",
    )


def _lines(text: str) -> list[str]:
    return io.StringIO(text, newline=None).read().split("\n")


def _from_table(text: str, separator: str, path: Path, column: str | None) -> list[str]:
    import pandas

    try:
        # no header: pandas then holds every row to the width of the first, and we judge the names
        table = pandas.read_csv(
            io.StringIO(text), sep=separator, header=None, dtype=str, na_filter=False
        )
    except pandas.errors.EmptyDataError:
        return []
    except pandas.errors.ParserError as error:
        unclosed = "EOF inside string" in str(error)
        raise CorpusError(
            "a table of jokes is malformed",
            f"{_shown(path)}, line {_malformed_line(text, separator)}: "
            + ("a quote is never closed" if unclosed else "more fields than in the first line"),
            "Put a joke that holds the separator in double quotes, and double the quotes in it; "
            "or, where each line is a joke, rename the file to .txt.",
        ) from None
    columns: list[list[str]] = [table[i].tolist() for i in table.columns]
    names = [values[0].strip() for values in columns]
    if _is_header(names, column):
        columns = [values[1:] for values in columns]
    else:
        names = [str(number) for number in range(1, len(columns) + 1)]
    return columns[_choose(names, columns, path, column)]


def _is_header(cells: list[str], column: str | None) -> bool:
    """Whether the first row names the columns: a joke and a number are no names."""
    folded = [cell.casefold() for cell in cells]
    if "joke" in folded or (column is not None and column.casefold() in folded):
        return True
    return any(cells) and all(not cell or _COLUMN_NAME.fullmatch(cell) for cell in cells)


def _choose(names: list[str], columns: list[list[str]], path: Path, column: str | None) -> int:
    """The index of the column that holds the jokes."""
    wanted = (column or "joke").casefold()
    for i, name in enumerate(names):
        if name.casefold() == wanted:
            return i
    texts = [i for i, values in enumerate(columns) if not all(map(_CODE.fullmatch, values))]
    if column is None and len(columns) == 1:
        return 0
    if column is None and len(texts) == 1:
        return texts[0]
    shown = ", ".join(sanitise(name) or "(no name)" for name in names)
    if column is not None:
        problem = f"no column is called {sanitise(column)}"
    else:
        problem = "several columns hold text" if texts else "no column holds text"
    raise CorpusError(
        "which column holds the jokes?",
        f"{_shown(path)}: {problem}; its columns are {shown}",
        f"Say which with --column, as in --column {sanitise(names[texts[0] if texts else 0])!r}.",
    )


def _malformed_line(text: str, separator: str) -> int:
    """The line where a row begins that is too wide, or else the last one: its quote is open."""
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
    jokes = []
    for number, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        where = f"{_shown(path)}, line {number}"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                "a line is not JSON",
                f"{where}: {error}",
                'Each line is an object such as {"joke": "..."}; mend or delete this one.',
            ) from None
        jokes.append(_joke_of(record, where, column))
    return jokes


def _joke_of(record: object, where: str, column: str | None) -> str:
    fields = {k.casefold(): v or "" for k, v in record.items()} if isinstance(record, dict) else {}
    for names in ([column.casefold()],) if column else (["joke"], ["text"], ["title", "body"]):
        values = [fields[name] for name in names if name in fields]
        if len(values) == len(names) and all(isinstance(value, str) for value in values):
            return " ".join(values)
    wanted = sanitise(column) if column else "joke, text, or title and body"
    raise CorpusError(
        "a line holds no joke",
        f"{where}: no text under {wanted}; it has {sanitise(', '.join(fields)) or 'no fields'}",
        "Name the field with --column, or mend or delete the line.",
    )


def _shown(path: Path) -> str:
    return sanitise(str(path))
