"""A slider over the evaluations of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from jokebox.tui.widgets.curves import MARGIN, MUTED, tick_line

HERE, KEPT, NOTCH, PASSED, AHEAD = "◆", "●", "╷", "━", "─"


class Slider(Static, can_focus=True):
    """Choose one of the stops, which are steps; each has the same room, however far it is.

    It begins MARGIN columns from the left, as the plot above it.
    """

    BINDINGS = [
        Binding("left", "move(-1)", "Earlier", key_display="←"),
        Binding("right", "move(1)", "Later", key_display="→"),
        Binding("home", "move(-10000)", "First", show=False),
        Binding("end", "move(10000)", "Last", show=False),
        Binding("pageup", "move(-5)", "Far earlier", show=False),
        Binding("pagedown", "move(5)", "Far later", show=False),
    ]

    @dataclass
    class Moved(Message):
        """The user has chosen another stop."""

        index: int

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self._stops: Sequence[int] = ()
        self._kept: Collection[int] = ()
        self.index = 0

    def show(self, stops: Sequence[int], kept: Collection[int], index: int) -> None:
        """Show these stops; those whose weights are kept have a dot."""
        self._stops, self._kept, self.index = stops, kept, index
        self._draw()

    def place(self, step: float) -> float:
        """Return where a step is, from 0 to 1: between the stops before and after it."""
        stops = self._stops
        after = next((i for i, stop in enumerate(stops) if stop >= step), len(stops) - 1)
        if after <= 0:
            return 0.0
        share = (step - stops[after - 1]) / (stops[after] - stops[after - 1])
        return min(1.0, (after - 1 + share) / (len(stops) - 1))

    def action_move(self, by: int) -> None:
        self._go(self.index + by)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._point(event)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def on_resize(self) -> None:
        self._draw()

    def _point(self, event: events.MouseEvent) -> None:
        columns = max(1, self.content_size.width - MARGIN - 1)
        self._go(round((event.x - MARGIN) / columns * (len(self._stops) - 1)))

    def _go(self, index: int) -> None:
        index = min(max(index, 0), len(self._stops) - 1)
        if self._stops and index != self.index:
            self.index = index
            self._draw()
            self.post_message(self.Moved(index))

    def _draw(self) -> None:
        columns = self.content_size.width - MARGIN
        if columns < 2 or not self._stops:
            self.update("")
            return
        last = len(self._stops) - 1
        places = [round(i / max(1, last) * (columns - 1)) for i in range(len(self._stops))]
        here = places[self.index]
        track = [(PASSED, "$primary") if i < here else (AHEAD, MUTED) for i in range(columns)]
        for place, step in zip(places, self._stops, strict=True):
            if track[place][0] != KEPT:
                track[place] = (KEPT if step in self._kept else NOTCH, track[place][1])
        track[here] = (HERE, "bold $primary")
        runs = groupby(track, key=lambda cell: cell[1])
        line = Content.assemble(
            " " * MARGIN, *(("".join(text for text, _ in run), style) for style, run in runs)
        )
        ticks = [(i / max(1, last), f"{step:,}") for i, step in enumerate(self._stops)]
        self.update(line + Content("\n") + tick_line(ticks, columns))
