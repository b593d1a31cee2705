"""One word at a time: why it came, or a bet on it, and below the manner that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.reactive import var

from jokebox.tui.widgets.guess_panel import GuessPanel
from jokebox.tui.widgets.manner_panel import MannerPanel
from jokebox.tui.widgets.why_panel import WhyPanel

if TYPE_CHECKING:
    from jokebox.settings import Settings


class WordPanel(Container):
    """Hold the words that could come, and the manner beside or below them."""

    guessing: var[bool] = var(False, init=False)

    def __init__(self, settings: Settings) -> None:
        super().__init__(id="word", classes="side")
        self._settings = settings
        self.why, self.guess = WhyPanel(), GuessPanel()

    def compose(self) -> ComposeResult:
        yield self.why
        yield self.guess

    def on_mount(self) -> None:
        self.watch_guessing()

    def watch_guessing(self) -> None:
        self.why.display, self.guess.display = not self.guessing, self.guessing

    def open_manner(self) -> MannerPanel:
        """Return the manner, mounted now if it was not: it would hold up the first frame."""
        for panel in self.query(MannerPanel):
            return panel
        panel = MannerPanel(self._settings)
        self.mount(panel)
        return panel

    def follow(self, settings: Settings) -> None:
        """Show in the fields and in the bars what was changed."""
        self._settings = settings
        for panel in self.query(MannerPanel):
            panel.show(settings)
        self.guess.follow(settings.sampling)
