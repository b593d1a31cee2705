"""The one gate for text, on its way in and on its way out."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 10_000

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
_JOINERS = "\u200c\u200d"  # Persian and Indic words and many emoji are built with them
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_PLAIN = re.compile(r"[ -~]*")


def normalise(text: str) -> str:
    """`text` on one line, as a joke is stored and scored.

    NFC; curly quotes folded; control and bidi characters, lone surrogates and other invisible
    ones removed; every run of white space one space; stripped; at most MAX_LENGTH characters.
    Idempotent.
    """
    return " ".join(_visible(text).split())[:MAX_LENGTH].rstrip()


def sanitise(text: str) -> str:
    """`text` made safe to show, its spacing kept: for streamed words, names and messages."""
    return _visible(text)


def _visible(text: str) -> str:
    if _PLAIN.fullmatch(text):  # plain ASCII, most of every corpus, skips the slow way
        return text
    text = "".join(" " if c in _BREAKS else c for c in text if _shown(c))
    return unicodedata.normalize("NFC", text.translate(_FOLDED))


def _shown(character: str) -> bool:
    if character in _JOINERS or character in _BREAKS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs")


def is_word(text: str) -> bool:
    """Whether `text` has a letter, a digit or a sign such as an emoji, not marks alone."""
    return any(unicodedata.category(character)[0] in "LNS" for character in text)
