"""The rows of a form, filled with the values of last time: a mapping from ids to values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Label, Select

from jokebox.train.source import Layout


def row(label: str, widget: Widget) -> ComposeResult:
    """Compose a row of a form."""
    with Horizontal(classes="field"):
        yield Label(label)
        yield widget


def text(id: str, last: Mapping[str, Any], placeholder: str) -> Input:
    """Return a field for a text."""
    return Input(str(last.get(id) or ""), placeholder=placeholder, compact=True, id=id)


def columns(text: str) -> Layout:
    """Return how to read a joke file with the columns named in a field, commas between them."""
    return Layout(tuple(name for part in text.split(",") if (name := part.strip())))


def tick(label: str, id: str, last: Mapping[str, Any]) -> Checkbox:
    """Return a box to tick."""
    return Checkbox(label, bool(last.get(id)), id=id, compact=True)


def choice(options: Mapping[str, str], id: str, last: Mapping[str, Any]) -> Select[str]:
    """Return a choice of `options`, labels by values; the first one, if last time's is gone."""
    chosen = next((key for key in options if key == last.get(id)), next(iter(options)))
    return Select(safe(options), value=chosen, allow_blank=False, id=id, compact=True)


def safe(options: Mapping[str, str]) -> list[tuple[Any, str]]:
    """Return options for a Select, with labels that are not read as markup."""
    return [(Content(label), key) for key, label in options.items()]
