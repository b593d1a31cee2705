"""The state of the model, live: the values of its hidden units after each word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from jokebox.talk.events import WordTold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jokebox.talk.events import Event

SHADES = " ░▒▓█"
NAMED = 6  # units


class StateMap(Vertical):
    """Show a strip for each layer, its units side by side, and the units that changed most."""

    HELP = """\
## State (F8)

The **state** is what the model remembers: some hundreds of numbers, changed by every word it reads
or tells. It carries from turn to turn, so it has read all of your talk. Dark cells are units near
zero, bright ones are strongly on or off."""

    def __init__(self) -> None:
        super().__init__(id="state")
        self._hidden: NDArray[np.float32] | None = None  # (L, H)

    def compose(self) -> ComposeResult:
        yield Static("The state shows here while it answers.", id="strips", markup=False)
        yield Static("", id="changed", markup=False)

    def show_event(self, event: Event) -> None:
        """Show the state after each word that is told."""
        if isinstance(event, WordTold):
            self.show(event.state.h)

    def show(self, hidden: NDArray[np.float32]) -> None:
        """Show the units after one more word: (L, H)."""
        before, self._hidden = self._hidden, hidden
        width = max(8, self.size.width - 2)
        strips = [Content.styled(strip(layer, width), "$primary") for layer in hidden]
        # with as many lines as before, the screen need not be laid out again at each word
        alike = before is not None and before.shape == hidden.shape
        self.query_one("#strips", Static).update(Content("\n").join(strips), layout=not alike)
        if before is not None and alike:
            names = ", ".join(most_changed(before, hidden, NAMED))
            self.query_one("#changed", Static).update(f"changed most: {names}", layout=False)


def strip(units: NDArray[np.float32], width: int) -> str:
    """Return a layer (H,) as `width` cells, each as bright as the strongest of its units."""
    groups = np.array_split(np.abs(units), min(width, len(units)))
    levels = [min(len(SHADES) - 1, int(group.max() * len(SHADES))) for group in groups]
    return "".join(SHADES[level] for level in levels)


def most_changed(before: NDArray[np.float32], after: NDArray[np.float32], number: int) -> list[str]:
    """Return the units (L, H) that changed most, by layer and index, most changed first."""
    moved = np.abs(after - before)  # (L, H)
    farthest = np.argsort(-moved, axis=None)[:number]
    layers, units = np.unravel_index(farthest, moved.shape)
    several = len(moved) > 1
    return [
        f"{layer + 1}.{unit}" if several else f"{unit}"
        for layer, unit in zip(layers, units, strict=True)
    ]
