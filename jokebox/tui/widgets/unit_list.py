"""The units of the LSTM that follow something with a name; one of them is chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from jokebox.lm.lens import Unit
from jokebox.tui.widgets.line import Line

if TYPE_CHECKING:
    from jokebox.lm.lens import Follower

TRAIT = 22  # columns


class UnitList(Vertical):
    """Show what was found; up and down choose, and any other unit can be typed."""

    @dataclass
    class Chosen(Message):
        """The user chose this unit."""

        unit: Unit

    def __init__(self) -> None:
        super().__init__(id="units")
        self._shape = (1, 0)  # L, H
        self._units: list[Unit] = []
        self._found = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="units-title", markup=False)
        yield OptionList(id="followers", compact=True)
        yield Line(placeholder="another unit", id="unit", compact=True)

    def wait(self, remark: str) -> None:
        """Show what is being done before there are units to choose from."""
        self.query_one("#units-title", Static).update(Content.styled(remark, "$foreground-muted"))
        self.query_one(OptionList).display = self.query_one(Line).display = False

    def show(
        self,
        shape: tuple[int, int],
        followers: Sequence[Follower],
        words: int,
        before: Unit | None = None,
    ) -> None:
        """Show the units (L, H) that follow something, as they do in so many `words`.

        The one that was chosen `before` stays so, if it is among them; else it is the first.
        """
        self._shape, self._units = shape, [follower.unit for follower in followers]
        self._found = f"What units follow, in {words:,} words"
        self.say(self._found if followers else "No unit follows anything with a name.")
        rows = [_row(self.label(follower.unit), follower) for follower in followers]
        options, line = self.query_one(OptionList), self.query_one(Line)
        options.set_options(map(Option, rows))
        options.display, line.display = bool(rows), True
        line.placeholder = f"another unit, up to {self._last}"
        at = self._units.index(before) if before in self._units else 0
        options.highlighted = at if rows else None

    @property
    def _last(self) -> str:
        return self.label(Unit(self._shape[0] - 1, self._shape[1] - 1))

    def describe(self, unit: Unit, trait: str, correlation: float) -> None:
        """Say what a unit follows that is not among those shown."""
        listed = unit in self._units
        self.say(self._found if listed else f"{self.label(unit)}: {trait}, {correlation:.2f}")

    def say(self, remark: str) -> None:
        """Show this above the units."""
        self.query_one("#units-title", Static).update(Content.styled(remark, "bold"))

    def label(self, unit: Unit) -> str:
        """Return a unit as it is typed: 54, or 2.54 in the second of several layers.

        It has a minus if it is seen upside down.
        """
        layer = f"{unit.layer + 1}." if self._shape[0] > 1 else ""
        return f"{'-' * unit.reversed}{layer}{unit.number}"

    def parse(self, text: str) -> Unit | None:
        """Return the unit that is called `text`; None if there is none."""
        match = re.fullmatch(r"(-?)(?:(\d{1,4})\.)?(\d{1,6})", text.strip())
        if match is None:
            return None
        layer, number = int(match[2] or 1) - 1, int(match[3])
        layers, units = self._shape
        there = 0 <= layer < layers and number < units
        return Unit(layer, number, bool(match[1])) if there else None

    @on(OptionList.OptionHighlighted)
    def _choose(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Chosen(self._units[event.option_index]))

    @on(Input.Submitted)
    def _choose_typed(self, event: Input.Submitted) -> None:
        event.stop()
        unit = self.parse(event.value)
        if unit is None:
            self.say(f"There is no such unit: the last one is {self._last}.")
            return
        event.input.clear()
        self.query_one(OptionList).highlighted = None
        self.post_message(self.Chosen(unit))


def _row(name: str, follower: Follower) -> Content:
    return Content.assemble(
        (f"{name:>6} ", "$primary"),
        f"{follower.trait:{TRAIT}} ",
        (f"{follower.correlation:.2f}", "$foreground-muted"),
    )
