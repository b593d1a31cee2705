"""How the model talks: the settings of its manner, which act on the next word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Checkbox, Input, Label, Select, Static

from jokebox.errors import SettingsError
from jokebox.lm.config import SAMPLINGS, Sampling
from jokebox.settings import Settings
from jokebox.tui.widgets.line import Line

CUSTOM = "my own"
NUMBERS: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "temperature": ("Temperature", float, "0 is dull, 2 is wild"),
    "top_k": ("Top k", int, "k likeliest; 0: all"),
    "top_p": ("Top p", float, "those that hold p"),
    "min_p": ("Min p", float, "of the likeliest's p"),
    "word_limit": ("Words", int, "an answer, at most"),
    "drafts": ("Drafts", int, "it tells the best"),
    "words_per_second": ("Pace", float, "a second; 0: at once"),
    "seed": ("Seed", int, "same seed, same words"),
}
SWITCHES = {
    "invented_words": "may invent words",
    "take_turns": "takes turns",
}


class MannerPanel(VerticalScroll, can_focus=False):
    """Check each field as it is typed, and report valid settings at once."""

    HELP = """\
## Manner (F4)

How it talks. **Temperature** sharpens or flattens the model's probabilities before a word is drawn:
at 0 it always tells the likeliest word, above 1 it becomes bold and then confused. **Top k**,
**top p** and **min p** exclude unlikely words, from which most nonsense comes. Of several
**drafts** it tells the one it is surest of and that fits; the others are alternatives. When it
**takes turns** (ctrl+e) it stops after each sentence, and you go on."""

    @dataclass
    class Changed(Message):
        """The user chose to be talked to like this."""

        settings: Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(id="manner")
        self.settings = settings

    def compose(self) -> ComposeResult:
        yield Static("Manner", classes="title")
        with Horizontal(classes="field"):
            yield Label("Preset")
            yield Select([], id="preset", compact=True, allow_blank=True, prompt=CUSTOM)
        for name, (label, _, help) in NUMBERS.items():
            with Vertical(classes="number"), Horizontal(classes="field"):
                yield Label(label)
                yield Line(_shown(getattr(self.settings, name)), id=name, compact=True)
                yield Static(help, markup=False, classes="remark")
        for name, label in SWITCHES.items():
            with Horizontal(classes="field switch"):
                yield Label("")
                yield Checkbox(label, getattr(self.settings, name), id=name, compact=True)

    def on_mount(self) -> None:
        if not self.query(Select):  # the app was left while this was being mounted
            return
        select = self.query_one("#preset", Select)
        with self.prevent(Select.Changed):
            select.set_options([(name, name) for name in SAMPLINGS])
            self._name_preset()

    def enter(self) -> None:
        """Let the user change the first number."""
        self.query_one("#temperature", Input).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        name = event.input.id or ""
        _, parse, help = NUMBERS[name]
        field = event.input.parent
        assert field is not None
        try:
            text = event.value.strip()
            value: Any = None if name == "seed" and not text else parse(text)
            settings = replace(self.settings, **{name: value})
            problem = ""
        except ValueError:
            problem = "a whole number, please" if parse is int else "a number, please"
        except SettingsError as error:
            problem = error.message
        field.query_one(".remark", Static).update(problem or help)
        field.set_class(bool(problem), "-wrong")
        if not problem:
            self._report(settings)

    @on(Checkbox.Changed)
    def _allowed(self, event: Checkbox.Changed) -> None:
        switch: dict[str, Any] = {event.checkbox.id or "": event.value}
        self._report(replace(self.settings, **switch))

    @on(Select.Changed)
    def _picked(self, event: Select.Changed) -> None:
        if event.value in SAMPLINGS:
            sampling = SAMPLINGS[str(event.value)]
            for name in ("temperature", "top_k", "top_p", "min_p"):
                self.query_one(f"#{name}", Input).value = _shown(getattr(sampling, name))

    def show(self, settings: Settings) -> None:
        """Show the switches as they are in these settings; the numbers change only here."""
        switches: dict[str, Any] = {name: getattr(settings, name) for name in SWITCHES}
        self.settings = replace(self.settings, **switches)
        for switch in self.query(Checkbox):  # none yet, just after it was opened
            with self.prevent(Checkbox.Changed):
                switch.value = switches[switch.id or ""]

    def _report(self, settings: Settings) -> None:
        if settings != self.settings:
            self.settings = settings
            self._name_preset()
            self.post_message(self.Changed(settings))

    def _name_preset(self) -> None:
        name = preset_of(self.settings.sampling)
        with self.prevent(Select.Changed):
            self.query_one("#preset", Select).value = name or Select.NULL


def preset_of(sampling: Sampling) -> str | None:
    """Return the name of the preset that `sampling` is, if it is one."""
    return next((name for name, preset in SAMPLINGS.items() if preset == sampling), None)


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
