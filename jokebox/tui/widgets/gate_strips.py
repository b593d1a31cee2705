"""The gates of the LSTM at one word, as strips, and what they did to the memory, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from jokebox.lm.generator import Array
    from jokebox.lm.lens import Step, Unit

EMPTY = "Tab to the talk, or click a word: what the gates did at it shows here."
GATES = ("input", "forget", "cell", "output")  # in the order of a Step
SHADES = " ░▒▓█"
NAME, FIGURE = 7, 6  # columns
NARROWEST = 8  # strip
LEAST = 0.01  # of a probability that is copied, to be mentioned


class GateStrips(Static):
    """Show a strip for each gate: all units of a layer, from the most open one to the least."""

    def __init__(self) -> None:
        super().__init__(EMPTY, id="gates", markup=False)
        self._shown: tuple[str, Step, Unit, str, str] | None = None

    def clear(self) -> None:
        """Show that the cursor is on no word."""
        self._shown = None
        self.update(Content.styled(EMPTY, "$foreground-muted"))

    def show(
        self, word: str, step: Step, unit: Unit, name: str, *, copied: float = 0.0, source: str = ""
    ) -> None:
        """Show what happened at `word`, in the layer of the `unit` called `name`.

        `copied` is the part of the word's probability that was copied from the word `source`.
        """
        copy = f" {100 * copied:.0f} % of its probability is copied from “{source}”."
        self._shown = (word, step, unit, name, copy if copied >= LEAST else "")
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        word, step, unit, name, copy = self._shown
        width = max(NARROWEST, self.content_size.width - NAME - 2 * FIGURE)
        head = f"{'all':>{FIGURE}}{name[-FIGURE + 1 :]:>{FIGURE}}"
        title = word.strip()[: NAME + width - 1].ljust(NAME + width)
        rows: list[str | tuple[str, str]] = [(title, "bold $primary"), (head, "dim"), "\n"]
        for gate, opened in zip(GATES, step.gates[unit.layer], strict=True):
            mine = _percent(float(opened[unit.number]))
            rows += [f"{gate:{NAME}}", (strip(opened, width), "$primary")]
            rows += [_percent(float(np.abs(opened).mean())), (mine, "bold"), "\n"]
        text = f"{in_words(step, unit, name)}{copy}"
        self.update(Content.assemble(*rows, (text, "$foreground-muted")))


def strip(opened: Array, width: int) -> str:
    """Return how far the units (H,) of a gate are open, in `width` cells, the most open first.

    What may be written has a sign; it is as bright as it is strong.
    """
    values = np.sort(np.abs(opened))[::-1]
    groups = np.array_split(values, min(width, len(values)))
    levels = [min(len(SHADES) - 1, int(group.mean() * len(SHADES))) for group in groups]
    return "".join(SHADES[level] for level in levels).ljust(width)


def in_words(step: Step, unit: Unit, name: str) -> str:
    """Return what a word did to the memory of a layer, and to the unit in it called `name`."""
    kept, new = step.kept_share(unit.layer), step.new_share(unit.layer)
    before, after = (float(unit.of(np.tanh(cells))) for cells in (step.before, step.after))
    mine = 100 * float(step.kept[unit.layer, unit.number])
    return (
        f"It kept {100 * kept:.0f} % of what it remembered; {100 * new:.0f} % of what it remembers"
        f" now is new. Unit {name} kept {mine:.0f} %: it was {before:.2f}, and is {after:.2f}."
    )


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %".rjust(FIGURE)
