"""The state of the model, live: the values of its hidden units after each word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.content import Content
from textual.widgets import Static

from jokebox.talk.events import WordTold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jokebox.talk.events import Event

SHADES = " ░▒▓█"
EMPTY = "The state shows here while it answers."


class StateMap(Static):
    """Show a strip for each layer, its units side by side."""

    HELP = """\
## The state, in the lens (F8)

The **state** is what the model remembers: some hundreds of numbers, changed by every word it reads
or tells. It carries from turn to turn, so it has read all of your talk. Dark cells are units near
zero, bright ones are strongly on or off."""

    def __init__(self) -> None:
        super().__init__(Content.styled(EMPTY, "$foreground-muted"), id="state", markup=False)
        self._hidden: NDArray[np.float32] | None = None  # (L, H)

    def show_event(self, event: Event) -> None:
        """Show the state after each word that is told."""
        if isinstance(event, WordTold):
            self.show(event.state.h)

    def show(self, hidden: NDArray[np.float32]) -> None:
        """Show the units after one more word: (L, H)."""
        before, self._hidden = self._hidden, hidden
        # with as many lines as before, the screen need not be laid out again at each word
        self._draw(layout=before is None or before.shape != hidden.shape)

    def on_resize(self) -> None:
        self._draw(layout=False)

    def _draw(self, *, layout: bool) -> None:
        if self._hidden is not None:
            width = max(8, self.content_size.width)
            strips = [Content.styled(strip(layer, width), "$primary") for layer in self._hidden]
            self.update(Content("\n").join(strips), layout=layout)


def strip(units: NDArray[np.float32], width: int) -> str:
    """Return a layer (H,) as `width` cells, each as bright as the strongest of its units."""
    groups = np.array_split(np.abs(units), min(width, len(units)))
    levels = [min(len(SHADES) - 1, int(group.max() * len(SHADES))) for group in groups]
    return "".join(SHADES[level] for level in levels)
