"""Text -> jokes: a joke in each line, in each block of lines, between marks, or in list items."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jokebox.train.fields import DELETED, HEADER_WORDS, SAYS_DELETED, is_deleted
from jokebox.train.source import Row, Source

HEADER, HEADING, NOT_AN_ITEM = "header", "heading", "not a list item"
_MARK = re.compile(r"<\|(?:startoftext|endoftext)\|>", re.IGNORECASE)
_ITEM = re.compile(r"\s{0,3}(?:[-*+•]|\d{1,6}[.)])\s+(.*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s|\s*(=|-){3,}\s*$|```")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
LONGEST_BLOCK = 1000  # lines

FEW, MANY = 5, 0.5  # blocks at least, and the share of them with several lines, to be noticed


def text_rows(source: Source, *, blocks: bool) -> Iterator[Row]:
    """Yield the jokes of a .txt or .md file, and what is left out.

    Marks such as <|endoftext|> end a joke, whatever lines it has. With `blocks`, so does a blank
    line. In a list of Markdown, an item is a joke. Otherwise a line is one.
    """
    sample = [line for line in source.sample() if line.strip()]
    marks = sum(len(_MARK.findall(line)) for line in sample)
    if 20 * marks > len(sample):
        rows = _between_marks(source)
    elif blocks:
        rows = _blocks(source)
    elif source.suffix in (".md", ".markdown"):
        items = sum(_ITEM.match(line) is not None for line in sample)
        rows = _items(source) if items > 1 else _blocks(source)
    else:
        rows = _lines(source, sample)
    for row in rows:
        yield Row(row.line, "", DELETED, SAYS_DELETED) if is_deleted(row.text) else row


def _lines(source: Source, sample: list[str]) -> Iterator[Row]:
    """Yield a joke for each line, but not a header; notice blank lines that look like ends."""
    quoted = 2 * sum(_QUOTED.fullmatch(line.strip()) is not None for line in sample) > len(sample)
    sizes = [0]  # lines of each block
    for number, line in enumerate(source.lines(), 1):
        text = line.strip("\r\n")
        if not text.strip():
            if sizes[-1]:
                sizes.append(0)
            continue
        if sizes == [0] and text.strip(' "\t').casefold() in HEADER_WORDS and len(sample) > 1:
            yield Row(number, "", HEADER, f"{text.strip()[:40]!r} is the name of a column")
            continue
        sizes[-1] += 1
        if quoted and _QUOTED.fullmatch(text.strip()):
            text = text.strip()[1:-1].replace('""', '"')
        yield Row(number, text)
    blocks = [size for size in sizes if size]
    if len(blocks) >= FEW and sum(size > 1 for size in blocks) > MANY * len(blocks):
        source.notices.append(
            f"{source.name}: blank lines look like the ends of jokes, but each line was read as a"
            " joke; to read blocks of lines, use --blocks"
        )


def _blocks(source: Source) -> Iterator[Row]:
    """Yield a joke for each block of lines between blank ones, but not headings."""
    block: list[str] = []
    begins, number = 1, 0
    for number, line in enumerate(source.lines(), 1):
        is_heading = source.suffix != ".txt" and _HEADING.match(line)
        if block and (not line.strip() or is_heading or len(block) >= LONGEST_BLOCK):
            yield Row(begins, " ".join(block))
            block = []
        if is_heading:
            yield Row(number, "", HEADING, "a heading")
        elif line.strip():
            begins = begins if block else number
            block.append(line.strip())
    if block:
        yield Row(begins, " ".join(block))


def _items(source: Source) -> Iterator[Row]:
    """Yield a joke for each item of a list, with the indented lines that continue it."""
    item: list[str] = []
    begins = 1
    for number, line in enumerate(source.lines(), 1):
        match = _ITEM.match(line)
        if match:
            if item:
                yield Row(begins, " ".join(item))
            begins, item = number, [match[1].strip()]
        elif not line.strip():
            continue
        elif item and line[0] in " \t" and len(item) < LONGEST_BLOCK:
            item.append(line.strip())
        else:
            if item:
                yield Row(begins, " ".join(item))
                item = []
            heading = _HEADING.match(line)
            kind, why = (HEADING, "a heading") if heading else (NOT_AN_ITEM, "no item of a list")
            yield Row(number, "", kind, why)
    if item:
        yield Row(begins, " ".join(item))


def _between_marks(source: Source) -> Iterator[Row]:
    """Yield what stands between the marks."""
    joke: list[str] = []
    begins = 1
    removed = 0
    for number, line in enumerate(source.lines(), 1):
        first, *others = _MARK.split(line)
        removed += len(others)
        for i, part in enumerate((first, *others)):
            if (i or len(joke) >= LONGEST_BLOCK) and joke:
                yield Row(begins, " ".join(joke))
                joke = []
            if part.strip():
                begins = begins if joke else number
                joke.append(part.strip())
    if joke:
        yield Row(begins, " ".join(joke))
    source.notices.append(
        f"{source.name}: {removed:,} marks such as <|endoftext|> were read as the ends of jokes"
    )
