"""Traces of how jokes were stored, which are not to be learnt: marks, HTML, numbering."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice, pairwise

from jokebox.train.source import SAMPLE, Row, Source

_MARK = re.compile(
    r"<\|[a-z_]{2,20}\|>|</?s>|<(?:bos|eos|pad|unk)>|\[(?:bos|eos|pad)\]", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_TAG = re.compile(r"</?(?:br|p|div|span|b|i|u|em|strong|li|ul|ol|a)(?:\s[^<>]{0,300})?/?>", re.I)
_INLINE = re.compile(r"</?(?:span|b|i|u|em|strong|a)\b", re.I)
_NUMBERING = re.compile(r"\s*[(#]?(\d{1,7})(?:[.):\]]\s*|\s*[-–—]\s+|(?<=\d)\s+)(?=\D)")
_BULLET = re.compile(r"\s*[-*•–—]\s+")
MOST = 0.8  # of the first jokes have to be numbered, or have a bullet, for it to be removed


def tidied(rows: Iterator[Row], source: Source) -> Iterator[Row]:
    """Yield `rows` without marks, HTML, numbering and bullets, and add notices of what was removed.

    Numbers and bullets are removed only if most of the first jokes have them.
    """
    first = list(islice(rows, SAMPLE))
    prefix = _find_prefix([row.text for row in first if row.text.strip()])
    removed = Counter[str]()
    for row in chain(first, rows):
        text = row.text
        if prefix and (match := prefix[1].match(text)):
            text = text[match.end() :]
            removed[prefix[0]] += 1
        if "<" in text or "&" in text or "[" in text:
            text = _without_markup(text, removed)
        yield row if text is row.text else row._replace(text=text)
    for what, number in (+removed).items():
        source.notices.append(
            f"{source.name}: {what} removed from {number:,} row" + "s" * (number != 1)
        )


def _find_prefix(texts: list[str]) -> tuple[str, re.Pattern[str]] | None:
    """Return what nearly all of the first jokes begin with, in words and as a pattern."""
    numbers = [int(match[1]) for match in map(_NUMBERING.match, texts) if match]
    rising = sum(b == a + 1 for a, b in pairwise(numbers))
    if len(texts) > 2 and rising + 1 >= MOST * len(texts):
        return "numbering", _NUMBERING
    if len(texts) > 2 and sum(bool(_BULLET.match(text)) for text in texts) >= MOST * len(texts):
        return "bullets", _BULLET
    return None


def _without_markup(text: str, removed: Counter[str]) -> str:
    """Return `text` without marks and HTML; entities become the characters that they stand for."""
    unmarked = _MARK.sub(" ", text)
    removed["marks such as <|endoftext|>"] += unmarked != text
    plain = _TAG.sub(lambda tag: "" if _INLINE.match(tag[0]) else " ", unmarked)
    for _ in range(2):  # some were escaped twice
        plain = _ENTITY.sub(lambda entity: html.unescape(entity[0]), plain)
    removed["HTML such as &amp; and <br>"] += plain != unmarked
    return plain
