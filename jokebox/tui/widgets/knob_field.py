"""One training knob: a label, a value checked as it is typed, and what is wrong with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.reactive import var
from textual.widgets import Input, Label, Static

from jokebox.errors import SettingsError
from jokebox.train.request import KNOBS
from jokebox.tui.widgets.line import Line


class KnobField(Horizontal):
    """Take the value of a knob; empty means the preset's own, which is the placeholder."""

    value: var[float | None] = var[float | None](None)

    def __init__(self, knob: str, label: str, text: str = "") -> None:
        super().__init__(classes="field")
        self.knob = knob
        self.error = ""
        self._label, self._text = label, text

    def compose(self) -> ComposeResult:
        yield Label(self._label)
        yield Line(self._text, compact=True, id=self.knob)
        yield Static(KNOBS[self.knob].help, markup=False, classes="remark")

    def show_default(self, value: object) -> None:
        """Show the value that an empty field means."""
        shown = f"{value:g}" if isinstance(value, int | float) else "any"
        self.query_one(Input).placeholder = shown

    def on_input_changed(self, event: Input.Changed) -> None:
        knob = KNOBS[self.knob]
        self.value, self.error = None, ""
        text = event.value.strip()
        if text:
            try:
                number = int(text) if knob.range.integer else float(text)
                knob.range.check(self.knob, number)
                self.value = number
            except ValueError:
                self.error = "a whole number, please" if knob.range.integer else "a number, please"
            except SettingsError as error:
                self.error = error.message
        self.query_one(".remark", Static).update(self.error or knob.help)
        self.set_class(bool(self.error), "-wrong")
