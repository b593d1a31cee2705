"""The rows of a form, each filled with what stood there last: a mapping from ids to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, Select


def row(label: str, widget: Widget) -> ComposeResult:
    with Horizontal(classes="field"):
        yield Label(label)
        yield widget


def text(id: str, last: Mapping[str, Any], placeholder: str) -> Input:
    return Input(str(last.get(id) or ""), placeholder=placeholder, compact=True, id=id)


def tick(label: str, id: str, last: Mapping[str, Any]) -> Checkbox:
    return Checkbox(label, bool(last.get(id)), id=id, compact=True)


def choice(options: Mapping[str, str], id: str, last: Mapping[str, Any]) -> Select[str]:
    """`options` are labels by their values; the first is chosen where the last one is no more."""
    chosen = next((key for key in options if key == last.get(id)), next(iter(options)))
    return Select(safe(options), value=chosen, allow_blank=False, id=id, compact=True)


def safe(options: Mapping[str, str]) -> list[tuple[Any, str]]:
    """Labels that are not read as markup, and their values."""
    return [(Content(label), key) for key, label in options.items()]
