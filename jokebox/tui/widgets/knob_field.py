"""One training knob: a label, a value checked as it is typed, and what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import var
from textual.widgets import Input, Label, Static

from jokebox.errors import SettingsError
from jokebox.lm.config import RANGES, check

WHOLE = ("max_epochs", "batch_size", "sequence_length", "layers", "hidden_size", "seed")


class KnobField(Horizontal):
    """Empty means the preset's own value, which is shown as the placeholder."""

    value: var[float | None] = var[float | None](None)

    def __init__(self, knob: str, label: str) -> None:
        super().__init__(classes="field")
        self.knob = knob
        self.error = ""
        self._label = label

    def compose(self) -> ComposeResult:
        yield Label(self._label)
        yield Input(compact=True, id=self.knob)
        yield Static("", markup=False, classes="wrong")

    def show_default(self, value: object) -> None:
        """The value that an empty field stands for."""
        low, high = RANGES[self.knob]
        shown = f"{value:g}" if isinstance(value, int | float) else "-"
        self.query_one(Input).placeholder = f"{shown}   ({low:g} to {high:g})"

    def on_input_changed(self, event: Input.Changed) -> None:
        self.value, self.error = None, ""
        text = event.value.strip()
        if text:
            try:
                number = int(text) if self.knob in WHOLE else float(text)
                check(self.knob, number)
                self.value = number
            except ValueError:
                kind = "a whole number" if self.knob in WHOLE else "a number"
                self.error = f"{kind}, please"
            except SettingsError as error:
                self.error = error.message
        self.query_one(".wrong", Static).update(self.error)
        self.set_class(bool(self.error), "-wrong")
