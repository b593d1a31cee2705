"""What went wrong, where, and what to do next."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Button, Static

from jokebox.errors import JokeboxError
from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog


class ErrorScreen(Dialog[None]):
    """Show an error until the user has read it."""

    BINDINGS = [Binding("escape,enter", "dismiss", "Close")]

    def __init__(self, error: JokeboxError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        with self.frame("That did not work", "escape closes"):
            yield Static(sanitise(self.error.title), markup=False, classes="title")
            yield Static(sanitise(self.error.message), markup=False)
            if self.error.hint:
                yield Static(sanitise(self.error.hint), markup=False, classes="hint")
            yield Button("Close", variant="primary", compact=True)

    def on_button_pressed(self) -> None:
        self.dismiss()
