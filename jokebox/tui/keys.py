"""How key bindings are written, and how texts name keys that the user has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from textual.binding import Binding

KEY_IN_TEXT = re.compile(r"\b(?:ctrl\+\w|f\d+)\b", re.IGNORECASE)


def bind(key: str, action: str, label: str, tooltip: str, **how: Any) -> Binding:
    """Return a binding whose id is its action, unless `how` says otherwise.

    Users write the id into their settings to give an action keys of their own.
    """
    return Binding(key, action, label, tooltip=tooltip, **({"id": action} | how))


def with_own_keys(text: str, own: Mapping[str, str]) -> str:
    """Return `text` with the keys that the user has chosen instead of the usual ones."""
    return KEY_IN_TEXT.sub(lambda match: own.get(match[0].casefold(), match[0]), text)
