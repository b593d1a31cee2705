"""JSON -> jokes: an object or a text per line, or an array of them, nested or not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from jokebox.errors import CorpusError
from jokebox.train.fields import (
    DELETED,
    JOKE_FIELDS,
    NO_JOKE,
    SAYS_DELETED,
    is_deleted,
    join,
    listed,
)
from jokebox.train.source import Row, Source

NOT_JSON = "not JSON"
DEEPEST = 8  # objects in objects that are looked into
MOST_PARTS = 4  # of a joke in an array: a longer one is an array of jokes
Names = frozenset[str]

_BETWEEN = re.compile(r"(?:[\s,\]]|\[(?=\s*+[\[{\]]))*+")  # and arrays of objects or arrays
_NEXT_OBJECT = re.compile(r"\n\s*\{")  # where reading continues behind what is not JSON


def json_rows(source: Source, wanted: Sequence[str]) -> Iterator[Row]:
    """Yield the jokes of a .jsonl or .json file, and what is left out.

    `wanted` are the fields with the jokes, if any are named. Raises CorpusError if no row has one.
    """
    reader, found, lost = _Reader(source, wanted), False, Row(1, "")
    for row in reader.lines() if _has_a_row_in_each_line(source) else reader.values():
        found = found or not row.left_out or row.left_out == DELETED
        lost = lost if lost.left_out else row
        yield row
    source.columns = reader.fields
    if lost.left_out and not found:
        raise CorpusError(
            "no jokes were found in this JSON",
            f"{source.name}, line {lost.line:,}: {lost.why}",
            "Name the field with --column, or write objects such as"
            ' {"joke": "..."}, one in each line.',
        )


class _Reader:
    """Read the values of a file one after another."""

    def __init__(self, source: Source, wanted: Sequence[str]) -> None:
        self._source = source
        self._candidates = [tuple(name.casefold() for name in wanted)] if wanted else JOKE_FIELDS
        self._known = frozenset(name for names in self._candidates for name in names)
        self.fields: tuple[str, ...] = ()  # that the first joke was found in

    def lines(self) -> Iterator[Row]:
        """Read a value in each line."""
        for number, line in enumerate(self._source.lines(), 1):
            if line.strip():
                try:
                    yield self._row(number, json.loads(line))
                except (ValueError, RecursionError) as error:
                    yield Row(number, "", NOT_JSON, f"it is not JSON: {_reason(error)}")

    def values(self) -> Iterator[Row]:
        """Read values one after another, in an array or not, whatever lines they are in."""
        text = self._source.text()
        decode, place, line, counted = json.JSONDecoder().raw_decode, 0, 1, 0
        first = True
        while True:
            place = _next_value(text, place)
            if place >= len(text):
                return
            line, counted = line + text.count("\n", counted, place), place
            self._source.share = place / len(text)
            try:
                value, place = decode(text, place)
            except (ValueError, RecursionError) as error:
                yield Row(line, "", NOT_JSON, f"it is not JSON: {_reason(error)}")
                following = _NEXT_OBJECT.search(text, place)
                place = following.end() - 1 if following else len(text)
                continue
            is_whole = first and not text[place:].strip()
            first = False
            found = _rows_within(value, self._known) if is_whole else [value]
            for element in found:
                for row in _elements(element, self._known):
                    yield self._row(line, row)

    def _row(self, line: int, value: object) -> Row:
        """Return the joke of a value, or why it has none."""
        if isinstance(value, str):
            return self._joke(line, [value])
        if isinstance(value, list):
            texts = [part for part in value if isinstance(part, str)]
            return self._joke(line, texts) if texts else Row(line, "", NO_JOKE, "it has no text")
        fields = _folded(value) if isinstance(value, dict) else {}
        for names in self._candidates:
            parts = [fields[name] for name in names if name in fields]
            texts = [part or "" for part in parts if part is None or isinstance(part, str)]
            if len(texts) == len(names):
                self.fields = self.fields or names
                return self._joke(line, texts)
        looked_for = "there is no text in " + listed(self._candidates[0])
        has = f"it has {listed(fields)}" if fields else "it has no fields"
        return Row(line, "", NO_JOKE, f"{looked_for}; {has}")

    def _joke(self, line: int, parts: Sequence[str]) -> Row:
        if any(map(is_deleted, parts)):
            return Row(line, "", DELETED, SAYS_DELETED)
        return Row(line, parts[0] if len(parts) == 1 else join(parts))


def _has_a_row_in_each_line(source: Source) -> bool:
    """Return whether the lines of a .jsonl file are rows, and not parts of an array or object."""
    lines = [line.strip() for line in source.sample() if line.strip()]
    if source.suffix == ".json" or not lines:
        return False
    arrays = sum(line.startswith("[") for line in lines)
    if lines[0].startswith("["):
        return 1 < arrays == len(lines)
    return lines[0] != "{"


def _next_value(text: str, place: int) -> int:
    """Return the place of the next row behind what stands between two of them.

    The brackets around objects, texts and other arrays are passed over, so that a large array is
    read piece by piece. One of texts and numbers is a row if it is in another array.
    """
    start = place
    place = _BETWEEN.match(text, start).end()  # type: ignore[union-attr]
    if text[place : place + 1] == "[" and not start and "[" not in text[:place]:
        return _BETWEEN.match(text, place + 1).end()  # type: ignore[union-attr]
    return place


def _elements(value: object, known: Names) -> Iterator[object]:
    """Yield the rows in an element of an array, which may be an array of jokes itself."""
    if isinstance(value, list) and len(value) > MOST_PARTS:
        yield from value
    elif isinstance(value, dict) and not _has_joke(value, known):
        # as in what Reddit answers: {"kind": "t3", "data": {"title": ...}}
        inner = [
            part for part in value.values() if isinstance(part, dict) and _has_joke(part, known)
        ]
        yield from inner or [value]
    else:
        yield value


def _rows_within(value: object, known: Names, depth: int = 0) -> Iterator[object]:
    """Yield the rows in an object that is a whole file: its list, or its objects or texts."""
    parts = list(value.values()) if isinstance(value, dict) and depth < DEEPEST else []
    lists = [part for part in parts if isinstance(part, list) and part]
    objects = [part for part in parts if isinstance(part, dict)]
    only_objects = len(objects) == len(parts) > 0
    if isinstance(value, dict) and _has_joke(value, known):
        if only_objects:  # the columns that pandas writes
            for key in objects[0]:
                yield {name: column.get(key) for name, column in value.items()}
        else:
            yield value
    elif only_objects and len(objects) > 1:
        yield from objects
    elif lists:
        yield from max(lists, key=len)
    elif objects:
        yield from _rows_within(max(objects, key=len), known, depth + 1)
    elif isinstance(value, dict) and value and all(key.isdigit() for key in value):
        yield from parts
    else:
        yield value


def _has_joke(record: Mapping[str, object], known: Names) -> bool:
    """Return whether an object has a field that holds jokes, and not a list of them."""
    return any(k.casefold() in known and not isinstance(v, list) for k, v in record.items())


def _folded(record: Mapping[str, object]) -> dict[str, object]:
    return {name.casefold(): value for name, value in record.items()}


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "nested too deep" if isinstance(error, RecursionError) else str(error)[:80]
