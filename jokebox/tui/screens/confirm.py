"""One question before something is removed or replaced for good."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.widgets import Button, Static

from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog


class ConfirmScreen(Dialog[bool]):
    """Ask if the user is sure; `yes` is the label of the button that says so."""

    BINDINGS = [Binding("escape", "dismiss(False)", "Cancel")]

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self.question, self.yes = question, yes

    def compose(self) -> ComposeResult:
        with self.frame("Sure?", "escape cancels"):
            yield Static(sanitise(self.question), markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.yes, variant="error", id="yes", compact=True)
                yield Button("Cancel", id="no", compact=True)

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
