"""Which columns of a table, or fields of a JSON object, hold a joke, and when they hold none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from jokebox.lm.text import sanitise

# the parts of a joke in their order; the first of these of which all are there is taken
JOKE_FIELDS: tuple[tuple[str, ...], ...] = (
    ("joke",),
    ("jokes",),
    ("joketext",),
    ("joke_text",),
    ("setup", "punchline"),
    ("setup", "delivery"),
    ("question", "answer"),
    ("title", "selftext"),
    ("title", "body"),
    ("title", "text"),
    ("text",),
    ("body",),
    ("content",),
)
HEADER_WORDS = frozenset(
    {name for names in JOKE_FIELDS for name in names} | {"name", "names", "line", "sentence"}
)
DELETED = "deleted"
SAYS_DELETED = "its text is [deleted] or [removed]"
NO_JOKE = "without a joke"
SHOWN_NAMES, SHOWN = 8, 40  # names of columns in a message, and characters of each

_DELETED = re.compile(r"\s*\[\s*(deleted|removed)\b[^\]]{0,40}\]\s*", re.IGNORECASE)


def is_deleted(text: str) -> bool:
    """Return whether a text says only that its author or a moderator has deleted it."""
    return "[" in text and _DELETED.fullmatch(text) is not None


def join(parts: Iterable[str]) -> str:
    """Return the parts of a joke as one, without those that are empty."""
    return " ".join(filter(None, (part.strip() for part in parts)))


def listed(names: Iterable[str]) -> str:
    """Return names of columns as they may be shown; of many, the first ones."""
    shown = [sanitise(name[: 4 * SHOWN]).strip()[:SHOWN] or "(no name)" for name in names]
    more = f" and {len(shown) - SHOWN_NAMES:,} more" if len(shown) > SHOWN_NAMES else ""
    return ", ".join(shown[:SHOWN_NAMES]) + more
