"""What went wrong, where, and what to do next."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from jokebox.errors import JokeboxError
from jokebox.lm.text import sanitise


class ErrorScreen(ModalScreen[None]):
    """Stands until it has been read."""

    BINDINGS = [Binding("escape,enter", "dismiss", "Close")]

    def __init__(self, error: JokeboxError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "That did not work"
            yield Static(sanitise(self.error.title), markup=False, classes="title")
            yield Static(sanitise(self.error.message), markup=False)
            if self.error.hint:
                yield Static(sanitise(self.error.hint), markup=False, classes="hint")
            yield Button("Close", variant="primary", compact=True)

    def on_button_pressed(self) -> None:
        self.dismiss()
