"""A line to type in."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset, Size
from textual.reactive import reactive
from textual.widgets import Input

from jokebox.lm.text import MAX_LENGTH, normalise, sanitise

LONGEST_PASTE = 10 * MAX_LENGTH  # characters that are looked at: white space becomes shorter


class Line(Input):
    """Take one line without control characters; a paste of several lines becomes one."""

    # Textual arranges the whole screen again if this changes, with each letter; but it is only how
    # far this line can scroll, and its own size stays
    virtual_size = reactive(Size(0, 0))

    @property
    def cursor_screen_offset(self) -> Offset:
        """The cell where the next character goes: an input method composes there.

        Textual's own is one cell to the right at the end of a text.
        """
        return super().cursor_screen_offset - Offset(self.cursor_at_end, 0)

    def on_resize(self) -> None:
        if self.has_focus:
            self.app.cursor_position = self.cursor_screen_offset

    def replace(self, text: str, start: int, end: int) -> None:
        super().replace(sanitise(text), start, end)

    def on_paste(self, event: events.Paste) -> None:
        # Textual itself would take the first line and drop the rest
        event.prevent_default()
        event.stop()
        pasted = normalise(event.text[:LONGEST_PASTE])
        self.replace(pasted, *self.selection)
        if len(event.text) > MAX_LENGTH and len(pasted) >= MAX_LENGTH - 1:  # a space may be gone
            self.notify(f"It was cut to {MAX_LENGTH:,} characters.", title="A long paste")
