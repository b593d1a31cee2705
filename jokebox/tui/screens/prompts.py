"""The prompts that were typed before: to find one and use it again."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

NONE = "You have not typed a prompt yet."
NOT_FOUND = "No prompt has these words."


class PromptsScreen(Dialog["str | None"]):
    """Show prompts, the newest first; the result is the chosen one, None if closed."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("up", "move(-1)", "Before"),
        Binding("down", "move(1)", "After"),
    ]

    def __init__(self, prompts: Sequence[str]) -> None:
        super().__init__()
        self._prompts = prompts
        self._found = list(prompts)

    def compose(self) -> ComposeResult:
        keys = "↑ ↓ choose, enter uses it, escape closes"
        with self.frame("Prompts you typed", keys, "-large -list"):
            yield Line(placeholder="some of its words", compact=True, id="search")
            options = OptionList(id="prompts")
            options.can_focus = False  # so that what is typed always filters
            yield options
            yield Note()

    @on(Input.Changed)
    def _show(self) -> None:
        words = self.query_one(Input).value.casefold().split()
        self._found = [
            prompt for prompt in self._prompts if all(word in prompt.casefold() for word in words)
        ]
        options = self.query_one(OptionList)
        options.set_options(Option(Content(prompt)) for prompt in self._found)
        options.highlighted = 0 if self._found else None
        options.display = bool(self._found)
        self.query_one(Note).say("" if self._found else NOT_FOUND if self._prompts else NONE)

    def on_mount(self) -> None:
        self._show()

    def action_move(self, by: int) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None:
            options.highlighted = min(max(options.highlighted + by, 0), len(self._found) - 1)

    @on(Input.Submitted)
    def _use_highlighted(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self.dismiss(self._found[at])

    @on(OptionList.OptionSelected)
    def _use(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])
