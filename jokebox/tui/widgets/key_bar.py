"""The keys that work now, all of them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer

KEY_WIDTH = 13


class KeyBar(Footer):
    """Textual's footer in columns of one width, over as many rows as the keys need."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False, compact=True)

    def compose(self) -> ComposeResult:
        yield from super().compose()
        self._arrange()  # Textual has just asked for one row, however narrow the screen

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        width = self.size.width or self.app.size.width
        self.styles.grid_size_columns = max(1, width // KEY_WIDTH)
