"""How key bindings are written: the key, what it does, its label in the key bar, its tooltip."""

from __future__ import annotations

from typing import Any

from textual.binding import Binding


def bind(key: str, action: str, label: str, tooltip: str, **how: Any) -> Binding:
    """Return a binding whose id is its action, unless `how` says otherwise.

    Users write the id into their settings to give an action keys of their own.
    """
    return Binding(key, action, label, tooltip=tooltip, **({"id": action} | how))
