"""A remark below a list or a form, which takes no room while there is nothing to say."""

from __future__ import annotations

from textual.widgets import Static


class Note(Static):
    """One remark at a time; never markup."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text, id="note", markup=False)
        self.display = bool(text)

    def say(self, text: str) -> None:
        """Show this remark, or none."""
        self.update(text)
        self.display = bool(text)
