"""The keys that work now."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widgets import Static

KEY_WIDTH = 14


class Key(NamedTuple):
    """Hold a key as it is shown, and what it does."""

    key: str
    shown: str
    description: str
    tooltip: str


class KeyBar(Static):
    """Show keys in columns of one width, in as many rows as they need; a click presses one.

    It is one text: Textual's footer builds a new widget for each key whenever one changes, which
    delayed the echo of what was being typed.
    """

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._keys: dict[str, Key] = {}

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is not self.screen:
            return
        keys: dict[str, Key] = {}  # by action: one that has several keys shows the first
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if binding.show and enabled:
                shown = self.app.get_key_display(binding)
                text = binding.description
                keys.setdefault(binding.action, Key(binding.key, shown, text, tooltip or text))
        if keys != self._keys:
            self._keys = keys
            self._show()

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        room = self.content_size.width or self.app.size.width - 2
        columns = max(1, room // KEY_WIDTH)
        cells = [_cell(key, room // columns) for key in self._keys.values()]
        rows = [Content("").join(cells[i : i + columns]) for i in range(0, len(cells), columns)]
        self.update(Content("\n").join(rows))

    def on_click(self, event: events.Click) -> None:
        key = event.style.meta.get("key")
        if key is not None:
            self.app.simulate_key(key)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        pressed = event.style.meta.get("key")
        self.tooltip = next(
            (key.tooltip for key in self._keys.values() if key.key == pressed), None
        )


def _cell(key: Key, width: int) -> Content:
    """Return a key and what it does, `width` columns wide."""
    text = Content.assemble((key.shown, "$primary"), f" {key.description}")
    text = text.truncate(width - 1, ellipsis=True).stylize(Style.from_meta({"key": key.key}))
    return text.pad_right(width - text.cell_length)
