"""One line asked of the user, checked as it is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note


class AskScreen(Dialog["str | None"]):
    """Ask for a text; the result is one that `check` returns no problem for, None if cancelled."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Cancel")]

    def __init__(self, title: str, value: str, check: Callable[[str], str]) -> None:
        super().__init__()
        self._title, self._value, self._check = title, value, check

    def compose(self) -> ComposeResult:
        with self.frame(self._title, "enter accepts, escape cancels"):
            yield Line(self._value, compact=True)
            yield Note()

    @on(Input.Changed)
    def _show_problem(self, event: Input.Changed) -> None:
        self.query_one(Note).say(self._check(event.value.strip()))

    @on(Input.Submitted)
    def _accept(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if not self._check(text):
            self.dismiss(text)
