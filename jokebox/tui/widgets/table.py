"""Rows to choose from, with a head; their text is never read as markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text
from textual.widgets import DataTable

from jokebox.lm.text import sanitise


class Table(DataTable[Text]):
    """Show rows, each with a key, in columns as wide as their text."""

    def __init__(self, *heads: str) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False)
        self._heads = heads

    def on_mount(self) -> None:
        self.add_columns(*map(Text, self._heads))

    def show(self, rows: Mapping[str, Sequence[str]]) -> None:
        """Show these rows; the cursor stays in its row, if there are as many."""
        row = self.cursor_row
        self.clear()
        for key, cells in rows.items():
            self.add_row(*(Text(sanitise(cell)) for cell in cells), key=key)
        self.move_cursor(row=row)

    @property
    def chosen(self) -> str | None:
        """The key of the row under the cursor; None in an empty table."""
        if not self.is_valid_row_index(self.cursor_row):
            return None
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value
