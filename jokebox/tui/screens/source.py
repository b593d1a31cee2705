"""Invented or recited: a told joke beside the training joke that most of it is copied from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from jokebox.lm.text import sanitise

if TYPE_CHECKING:
    from jokebox.lm.novelty import Copied


class SourceScreen(ModalScreen[None]):
    """Closed by the key that opened it, or by escape."""

    BINDINGS = [Binding("escape,s,enter", "dismiss", "Close")]

    def __init__(self, joke: str, copied: Copied) -> None:
        super().__init__()
        self._joke, self._copied = joke, copied

    def compose(self) -> ComposeResult:
        run = self._copied.longest_run
        verdict = "Recited" if self._copied.recited else "Invented"
        with Vertical(classes="dialog -large") as dialog:
            dialog.border_title = verdict
            dialog.border_subtitle = "escape closes"
            yield Static("It told", classes="hint")
            yield Static(sanitise(self._joke), markup=False)
            yield Static(f"{run} words in a row stand in this joke it learnt from", classes="hint")
            yield Static(sanitise(self._copied.source), markup=False)
