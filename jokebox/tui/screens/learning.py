"""How a model learnt: its chart, and its samples as they got better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding

from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.learning_panel import LearningPanel

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint


class LearningScreen(Dialog[None]):
    """Show the panel of the main screen for a model that need not be the open one."""

    BINDINGS = [
        Binding("escape,enter", "dismiss", "Close"),
        Binding("up", "scroll('up')", "Up"),
        Binding("down", "scroll('down')", "Down"),
        Binding("pageup", "scroll('page_up')", "A page up"),
        Binding("pagedown", "scroll('page_down')", "A page down"),
        Binding("home", "scroll('home')", "To the first sample"),
        Binding("end", "scroll('end')", "To the last sample"),
    ]

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.checkpoint = checkpoint

    def compose(self) -> ComposeResult:
        with self.frame("Learning", "↑ ↓ scroll, escape closes", "-large -history"):
            yield LearningPanel()

    def on_mount(self) -> None:
        self.query_one(LearningPanel).show_model(self.checkpoint)
        self.call_after_refresh(self._mount_chart)

    def action_scroll(self, way: str) -> None:
        """Scroll the samples; nothing in the panel takes the focus."""
        getattr(self.query_one("#rows"), f"scroll_{way}")(animate=False)

    async def _mount_chart(self) -> None:
        if self.is_current:  # not closed before it was drawn
            await self.query_one(LearningPanel).mount_chart()
