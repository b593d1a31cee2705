"""Cleaning of text: before it is stored or scored, and before it is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

MAX_LENGTH = 10_000  # characters of a normalised text
MOST_MARKS = 30  # combining marks in a row

_FOLDED = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u201f": '"',
        "\u2026": "...",
    }
)
_JOINERS = "\u200c\u200d"  # needed in Persian and Indic words and in many emoji
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_NO_LETTERS = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")  # combining marks are none
_PRINTABLE_ASCII = re.compile(r"[ -~]*")


def normalise(text: str) -> str:
    """Return `text` on one line, in the form in which jokes are stored and scored.

    Applies Unicode NFC; replaces curly quotes and ellipses by ASCII; removes control and
    bidirectional characters, lone surrogates and other invisible ones; makes every run of white
    space one space; strips the ends; cuts the text to MAX_LENGTH characters. Idempotent.
    """
    # cut before as well: cleaning what nobody will see may take long
    return " ".join(sanitise(text[: 4 * MAX_LENGTH]).split())[:MAX_LENGTH].rstrip()


def sanitise(text: str) -> str:
    """Return `text` without what could act on a terminal, its spacing kept.

    For streamed words, names and messages. Characters are removed and replaced as by `normalise`.
    """
    if _PRINTABLE_ASCII.fullmatch(text):  # most of every corpus: there is nothing to change
        return text
    text = "".join(" " if c in _BREAKS else c for c in text if _is_allowed(c))
    text = unicodedata.normalize("NFC", _stream_safe(text.translate(_FOLDED)))
    return _stream_safe(text)  # again: some characters become several


def _is_allowed(character: str) -> bool:
    if character in _JOINERS or character in _BREAKS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def _stream_safe(text: str) -> str:
    """Return `text` with at most MOST_MARKS combining marks in a row, so that NFC is quick.

    To order n of them takes n * n steps. Unicode's own limit (UAX 15, Stream-Safe Text Format).
    """
    return _NO_LETTERS.sub(_limit_marks, text)


def _limit_marks(run: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(2**14)  # asked about each word of a corpus
def is_word(text: str) -> bool:
    """Return whether `text` has a letter, a digit or a symbol such as an emoji.

    False if it is empty, or all punctuation and white space.
    """
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def word_spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """Return where each of `words` stands in `text`, each behind the one before.

    A word that is not there, and one of spaces only, has a span of no characters.
    """
    spans, end = [], 0
    for word in map(str.strip, words):
        start = text.find(word, end)
        start, end = (start, start + len(word)) if start >= 0 else (end, end)
        spans.append((start, end))
    return spans


def sentence_mark(piece: str, before: str) -> str:
    """Return the mark (. ? !) that a sentence has ended with after `piece`, or "" if it goes on.

    `before` is what this returned for the piece before: a closing quote belongs to the sentence.
    """
    bare = piece.rstrip("\"')")
    if not bare.strip():
        return before
    return bare[-1] if bare[-1] in ".?!" else ""
