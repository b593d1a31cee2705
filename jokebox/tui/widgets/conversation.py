"""The talk on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from jokebox.tui.widgets.turn import TurnView

if TYPE_CHECKING:
    from jokebox.conversation import Turn

EMPTY = """\
Start a joke, I finish it.

Why did the cow
What do you call a
My wife told me

or press enter, and I tell one."""


class ConversationView(VerticalScroll, can_focus=False):
    """Turns from top to bottom; follows the end until the user scrolls up."""

    def compose(self) -> ComposeResult:
        yield Static(EMPTY, id="empty", markup=False)

    def on_mount(self) -> None:
        self.anchor()

    @property
    def turns(self) -> list[TurnView]:
        return list(self.query(TurnView))

    def add(self, prompt: str, *, waiting: str = "") -> TurnView:
        """A new turn at the end, which may have to wait."""
        self.query_one("#empty").display = False
        view = TurnView(prompt, waiting=waiting)
        self.mount(view)
        return view

    def settle(self, turns: tuple[Turn, ...]) -> None:
        """Show the turns as they are now; those that wait stay at the end."""
        spoken = [view for view in self.turns if not view.has_class("-waiting")]
        for view in spoken[len(turns) :]:
            view.remove()
        for view, turn in zip(spoken, turns, strict=False):
            view.finish(turn)
        remaining = len(self.turns) - len(spoken[len(turns) :])
        self.query_one("#empty").display = remaining == 0
