"""The gates of the LSTM at one word, as strips, and what they did to the memory, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jokebox.lm.generator import Array
    from jokebox.lm.lens import Step, Unit

EMPTY = "Tab to the talk, or click a word: what the gates did at it shows here."
GATES = ("input", "forget", "cell", "output")  # in the order of a Step
SHADES = " ░▒▓█"
NAME, FIGURE = 7, 7  # columns
NARROWEST = 8  # strip


class GateStrips(Static):
    """Show a strip for each gate: all units of a layer, from the most open one to the least."""

    def __init__(self) -> None:
        super().__init__(EMPTY, id="gates", markup=False)
        self._shown: tuple[str, Step, Unit, str, str] | None = None

    def clear(self) -> None:
        """Show that the cursor is on no word."""
        self._shown = None
        self.update(Content.styled(EMPTY, "$foreground-muted"))

    def show(self, word: str, step: Step, unit: Unit, name: str, text: str) -> None:
        """Show the gates at `word` in the layer of `unit`, called `name`, and a `text` below."""
        self._shown = (word, step, unit, name, text)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        word, step, unit, name, text = self._shown
        width = max(NARROWEST, self.content_size.width - NAME - 2 * FIGURE)
        head = f"{'all':>{FIGURE}}{name[-FIGURE + 1 :]:>{FIGURE}}"
        title = word.strip()[: NAME + width - 1].ljust(NAME + width)
        rows: list[str | tuple[str, str]] = [(title, "bold $primary"), (head, "dim"), "\n"]
        for gate, opened in zip(GATES, step.gates[unit.layer], strict=True):
            mine = _percent(float(opened[unit.number]))
            rows += [f"{gate:{NAME}}", (strip(opened, width), "$primary")]
            rows += [_percent(float(np.abs(opened).mean())), (mine, "bold"), "\n"]
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
    kept, new, shown = (f"{100 * share:.0f} %" for share in step.means(unit.layer))
    cells = (unit.seen(step.before), unit.seen(step.after))
    before, after = (round(float(value), 2) + 0.0 for value in cells)  # never -0.00
    return (
        f"On average a unit kept {kept} of its memory, let in {new} of the new, and showed {shown}."
        f" Unit {name} went from {before:.2f} to {after:.2f}."
    )


def changes_in_words(units: Sequence[tuple[str, str]]) -> str:
    """Return which units changed most, by their labels, with what they follow if that has a name.

    Those that follow the same stand together.
    """
    labels: dict[str, list[str]] = {}
    for label, trait in units:
        labels.setdefault(trait, []).append(label)
    groups = (", ".join(group) + f" ({trait})" * bool(trait) for trait, group in labels.items())
    return f"Most changed: {'; '.join(groups)}."


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %".rjust(FIGURE)
