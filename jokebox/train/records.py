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
MOST_PARTS = 4  # of a joke in an array: a longer one is an array of jokes
_BETWEEN = re.compile(r"[\s,]*")
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
            for element in _elements(value):
                yield self._row(line, element)

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
    opened = False
    while True:
        match = _BETWEEN.match(text, place)
        place = match.end() if match else place
        bracket = text[place : place + 1]
        if bracket not in ("[", "]") or (bracket == "[" and opened and _is_flat(text, place)):
            return place
        opened = True
        place += 1


def _is_flat(text: str, place: int) -> bool:
    """Return whether the array that begins at `place` holds neither objects nor arrays."""
    return text[place + 1 : place + 100].lstrip()[:1] not in ("{", "[", "]", "")


def _elements(value: object) -> Iterator[object]:
    """Yield the rows in a value: those of the list that an object holds, if it holds one."""
    if isinstance(value, list) and len(value) > MOST_PARTS:
        yield from value
        return
    if isinstance(value, dict):
        inside = [part for part in value.values() if isinstance(part, list | dict) and len(part)]
        lists = [part for part in inside if isinstance(part, list)]
        if lists and not any(
            isinstance(v, str) and k.casefold() in _NAMES for k, v in value.items()
        ):
            yield from max(lists, key=len)
            return
        if inside and len(inside) == len(value):
            yield from _columns(value)
            return
    yield value


def _columns(value: Mapping[str, object]) -> Iterator[object]:
    """Yield the rows of an object of objects: by name, or the columns that pandas writes."""
    inner = [part for part in value.values() if isinstance(part, dict)]
    if all(not isinstance(v, dict | list) for part in inner for v in part.values()) and any(
        name.casefold() in _NAMES for name in value
    ):
        for key in inner[0]:
            yield {name: part.get(key) for name, part in value.items() if isinstance(part, dict)}
    else:
        for part in inner:
            yield from _elements(part)


def _folded(record: Mapping[str, object]) -> dict[str, object]:
    return {name.casefold(): value for name, value in record.items()}


def _reason(error: Exception) -> str:
    return str(error)[:80] if isinstance(error, ValueError) else "it is nested too deep"


_NAMES = frozenset(name for names in JOKE_FIELDS for name in names)
