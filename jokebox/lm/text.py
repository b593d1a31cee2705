"""Cleaning of text: before it is stored or scored, and before it is shown."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 10_000  # characters of a normalised text

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
_PRINTABLE_ASCII = re.compile(r"[ -~]*")


def normalise(text: str) -> str:
    """Return `text` on one line, in the form in which jokes are stored and scored.

    Applies Unicode NFC; replaces curly quotes and ellipses by ASCII; removes control and
    bidirectional characters, lone surrogates and other invisible ones; makes every run of white
    space one space; strips the ends; cuts the text to MAX_LENGTH characters. Idempotent.
    """
    return " ".join(sanitise(text).split())[:MAX_LENGTH].rstrip()


def sanitise(text: str) -> str:
    """Return `text` without what could act on a terminal, its spacing kept.

    For streamed words, names and messages. Characters are removed and replaced as by `normalise`.
    """
    if _PRINTABLE_ASCII.fullmatch(text):  # most of every corpus: there is nothing to change
        return text
    text = "".join(" " if c in _BREAKS else c for c in text if _is_allowed(c))
    return unicodedata.normalize("NFC", text.translate(_FOLDED))


def _is_allowed(character: str) -> bool:
    if character in _JOINERS or character in _BREAKS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def is_word(text: str) -> bool:
    """Return whether `text` has a letter, a digit or a symbol such as an emoji.

    False if it is empty, or all punctuation and white space.
    """
    return any(unicodedata.category(character)[0] in "LNS" for character in text)


def sentence_mark(piece: str, before: str) -> str:
    """Return the mark (. ? !) that a sentence has ended with after `piece`, or "" if it goes on.

    `before` is what this returned for the piece before: a closing quote belongs to the sentence.
    """
    bare = piece.rstrip("\"')")
    if not bare.strip():
        return before
    return bare[-1] if bare[-1] in ".?!" else ""
