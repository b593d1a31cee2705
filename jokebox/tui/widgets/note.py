"""A remark below a list or a form."""

from __future__ import annotations

from textual.widgets import Static


class Note(Static):
    """Show one remark, never markup. Below a list it takes no room while it is empty."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, id="note", markup=False, classes="" if text else "-empty")

    def say(self, text: str) -> None:
        """Show this remark; none if it is empty."""
        self.update(text)
        self.set_class(not text, "-empty")
