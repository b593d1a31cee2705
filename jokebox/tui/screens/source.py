"""New or copied: a told joke beside the training joke that most of it is copied from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from jokebox.lm.novelty import Copied


class SourceScreen(Dialog[None]):
    """Show both jokes; closed by the key that opened it, or by escape."""

    BINDINGS = [Binding("escape,s,enter", "dismiss", "Close")]

    def __init__(self, joke: str, copied: Copied) -> None:
        super().__init__()
        self._joke, self._copied = joke, copied

    def compose(self) -> ComposeResult:
        run = self._copied.longest_run
        verdict = "Recited" if self._copied.recited else "Invented"
        with self.frame(verdict, "escape closes", "-large"):
            yield Static("It told", classes="hint")
            yield Static(sanitise(self._joke), markup=False)
            yield Static(f"and copied {run} words in a row from this training joke", classes="hint")
            yield Static(sanitise(self._copied.source), markup=False)
