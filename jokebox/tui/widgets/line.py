"""A line to type in."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from jokebox.lm.text import normalise, sanitise


class Line(Input):
    """Take one line without control characters; a paste of several lines becomes one."""

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(sanitise(text), start, end)

    def on_paste(self, event: events.Paste) -> None:
        # Textual itself would take the first line and drop the rest
        event.prevent_default()
        event.stop()
        self.replace(normalise(event.text), *self.selection)
