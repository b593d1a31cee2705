"""New or copied: a told joke beside the training joke that most of it is copied from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from jokebox.formatting import counted
from jokebox.lm.novelty import common_run
from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from jokebox.lm.novelty import Copied

RUN = "bold underline $primary"


class SourceScreen(Dialog[None]):
    """Show both jokes, what they share marked; closed by the key that opened it, or by escape."""

    BINDINGS = [Binding("escape,ctrl+u,enter", "dismiss", "Close")]

    def __init__(self, joke: str, copied: Copied) -> None:
        super().__init__()
        self._joke, self._copied = sanitise(joke), copied

    def compose(self) -> ComposeResult:
        source = sanitise(self._copied.source)
        here, there = common_run(self._joke, source)
        words = counted(self._copied.longest_run, "word")
        run = f"{words} in a row" if self._copied.longest_run > 1 else words
        verdict = "Recited" if self._copied.recited else "Invented"
        with self.frame(verdict, "escape closes", "-large"), VerticalScroll():
            yield Static("It told", classes="hint", markup=False)
            yield Static(Content(self._joke).stylize(RUN, here.start, here.stop))
            yield Static(f"and copied {run} from this training joke", classes="hint")
            yield Static(Content(source).stylize(RUN, there.start, there.stop))
