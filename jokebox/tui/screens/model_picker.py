"""Choosing whom to talk to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

if TYPE_CHECKING:
    from jokebox.library import Entry


class ModelPicker(ModalScreen[str | None]):
    """Gives the name of the chosen model, None where none was."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = entries

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large") as dialog:
            dialog.border_title = "Models"
            dialog.border_subtitle = "enter talks to it, escape closes"
            if self._entries:
                width = max(len(entry.name) for entry in self._entries)
                yield OptionList(*(Option(_line(entry, width)) for entry in self._entries))
            else:
                yield Static("No models yet: ctrl+r trains one.", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._entries[event.option_index].name)


def _line(entry: Entry, width: int) -> Content:
    score = entry.validation_bits_per_byte
    state = "" if entry.finished else f"  {entry.progress:.0%} trained"
    return Content.assemble(
        (f"{entry.name:{min(width, 24)}}", "bold"),
        f"  {'    -' if score is None else f'{score:.3f}'} bits/byte"
        f"  {entry.parameters / 1e6:.1f}M  {entry.saved_at:%Y-%m-%d %H:%M}{state}",
    )
