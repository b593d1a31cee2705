"""How a model learnt: its chart, and its samples as they got better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from jokebox.tui.widgets.training_panel import TrainingPanel

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint


class HistoryScreen(ModalScreen[None]):
    """The panel of the main screen, for a model that need not be the one talked to."""

    BINDINGS = [Binding("escape,enter", "dismiss", "Close")]

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.checkpoint = checkpoint

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large -history") as dialog:
            dialog.border_title = "How it learnt"
            dialog.border_subtitle = "escape closes"
            yield TrainingPanel()

    def on_mount(self) -> None:
        self.query_one(TrainingPanel).show_model(self.checkpoint)
        self.call_after_refresh(self._mount_chart)

    async def _mount_chart(self) -> None:
        if self.is_current:  # not closed before it was drawn
            await self.query_one(TrainingPanel).mount_chart()
