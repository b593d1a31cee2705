"""The keys that work now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

GAP = 2  # columns between two keys
MOST = 8  # keys of the moment


class Key(NamedTuple):
    """Hold a key as it is shown, and what it does."""

    id: str
    key: str
    shown: str
    description: str
    tooltip: str

    @property
    def width(self) -> int:
        """The columns that it takes."""
        return Content(f"{self.shown} {self.description}").cell_length


class KeyBar(Static):
    """Show keys beside each other; a click presses one.

    It shows all of them in as many rows as they need or, if there are too many, in one row those
    of the moment: the first of `order` that fit, and at the right the one for `more`.

    It is one text: Textual's footer builds a new widget for each key whenever one changes, which
    delayed the echo of what was being typed.
    """

    def __init__(self, order: Sequence[str] = (), more: str = "") -> None:
        super().__init__("", markup=False)
        self._order, self._more = order, more
        self._keys: tuple[Key, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is not self.screen:
            return
        keys: dict[str, Key] = {}  # by action: one that has several keys shows the first
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if binding.show and enabled:
                id, text = binding.id or binding.action, binding.description
                shown = self.app.get_key_display(binding)
                key = Key(id, binding.key, shown, text, tooltip or text)
                keys.setdefault(binding.action, key)
        if self._keys != (found := tuple(keys.values())):
            self._keys = found
            self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        room = self.content_size.width or self.app.size.width - 2
        self.update(self._moment(room) if self._order else _rows(self._keys, room))

    def _moment(self, room: int) -> Content:
        """Return the keys of the moment in a row, and the one for the rest at its right end."""
        by_id = {key.id: key for key in self._keys}
        more = by_id.get(self._more)
        free = room - (more.width + GAP if more else 0)
        wanted = (by_id[id] for id in self._order if id in by_id)
        left = _row(first_that_fit(islice(wanted, MOST), free))
        right = _cell(more) if more else Content("")
        return left.pad_right(room - left.cell_length - right.cell_length) + right

    def on_click(self, event: events.Click) -> None:
        key = event.style.meta.get("key")
        if key is not None:
            self.app.simulate_key(key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        pressed = event.style.meta.get("key")
        self.tooltip = next((key.tooltip for key in self._keys if key.key == pressed), None)


def first_that_fit(keys: Iterable[Key], room: int) -> list[Key]:
    """Return the first keys that fit into a row of so many columns."""
    fitting: list[Key] = []
    for key in keys:
        if key.width > room:
            break
        fitting.append(key)
        room -= key.width + GAP
    return fitting


def _rows(keys: Sequence[Key], room: int) -> Content:
    """Return all keys, in as many rows as they need."""
    rows = []
    while keys:
        row = first_that_fit(keys, room) or [*keys[:1]]
        rows.append(_row(row))
        keys = keys[len(row) :]
    return Content("\n").join(rows)


def _row(keys: Iterable[Key]) -> Content:
    return Content(" " * GAP).join([_cell(key) for key in keys])


def _cell(key: Key) -> Content:
    text = Content.assemble((key.shown, "$primary"), f" {key.description}")
    return text.stylize(Style.from_meta({"key": key.key}))
