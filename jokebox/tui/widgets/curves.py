"""Curves over one another, drawn in braille: light enough to be drawn at every move of a slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from textual.content import Content
from textual.widgets import Static

from jokebox.lm.curves import drawable

MARGIN = 6  # columns left of the plot, for the labels of y
BRAILLE = 0x2800
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # by row and column in a cell
MUTED = "$foreground-muted"
Point = tuple[float, float]
Cell = tuple[str, str]  # a character and its style


@dataclass(frozen=True)
class Trace:
    """A curve. Its label is a letter at its end; `dash` columns are drawn, then as many not."""

    points: Sequence[Point]
    label: str = ""
    style: str = ""
    dash: int = 0


@dataclass(frozen=True)
class Level:
    """A value that is the same everywhere, as a dotted line with its name."""

    value: float
    label: str


class Curves(Static):
    """Draw curves and levels. `place` says where a value of x is, from 0 to 1."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", markup=False, id=id)
        self._traces: Sequence[Trace] = ()
        self._levels: Sequence[Level] = ()
        self._place: Callable[[float], float] = lambda x: x
        self._ticks: Sequence[tuple[float, str]] = ()
        self._cursor: float | None = None

    def show(
        self,
        traces: Sequence[Trace],
        place: Callable[[float], float],
        *,
        levels: Sequence[Level] = (),
        ticks: Sequence[tuple[float, str]] = (),
        cursor: float | None = None,
    ) -> None:
        """Draw these; `ticks` are labels below, and `cursor` a line, at values of x."""
        self._traces = [replace(trace, points=drawable(trace.points)) for trace in traces]
        self._place, self._levels = place, levels
        self._ticks, self._cursor = ticks, cursor
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        columns, rows = self.content_size.width - MARGIN, self.content_size.height
        rows -= bool(self._ticks)
        values = [y for trace in self._traces for _, y in trace.points]
        values += [level.value for level in self._levels]
        if columns < 4 or rows < 2 or not values:
            self.update("")
            return
        plot = Plot(columns, rows, min(values), max(values))
        for trace in self._traces:
            plot.draw([(self._place(x), y) for x, y in trace.points], trace.style, trace.dash)
        for level in self._levels:
            plot.draw_level(level)
        if self._cursor is not None:
            plot.draw_cursor(self._place(self._cursor))
        for trace in self._traces:
            if trace.label and trace.points:
                x, y = trace.points[-1]
                plot.write(self._place(x), y, trace.label, trace.style)
        lines = plot.lines()
        if self._ticks:
            lines.append(tick_line([(self._place(x), text) for x, text in self._ticks], columns))
        self.update(Content("\n").join(lines))


class Plot:
    """A grid of cells, `columns` by `rows`: y goes from `low` at the bottom to `high`."""

    def __init__(self, columns: int, rows: int, low: float, high: float) -> None:
        self.columns, self.rows = columns, rows
        self.low, self.high = low, max(high, low + 1e-9)
        self._cells: dict[tuple[int, int], Cell] = {}  # by row and column

    def draw(self, points: Sequence[Point], style: str = "", dash: int = 0) -> None:
        """Draw a curve through points whose x is from 0 to 1."""
        dots = [self._dot(x, y) for x, y in points]
        for (x, y), (to_x, to_y) in pairwise(dots if len(dots) > 1 else dots * 2):
            steps = max(abs(to_x - x), abs(to_y - y), 1)
            for i in range(steps + 1):
                at = x + (to_x - x) * i // steps
                if not dash or at // (2 * dash) % 2 == 0:
                    self._set(at, y + round((to_y - y) * i / steps), style)

    def draw_level(self, level: Level) -> None:
        """Draw a dotted line where nothing is drawn yet, and its name at the right end."""
        row = self._dot(0, level.value)[1] // 4
        taken = {r for (r, _), (text, _) in self._cells.items() if text.isalpha()}
        row = next((r for r in (row, row - 1, row + 1) if r not in taken and r >= 0), row)
        for column in range(self.columns):
            self._cells.setdefault((row, column), ("┈", MUTED))
        text = f" {level.label} {level.value:.2f}"
        start = max(0, self.columns - len(text))
        for i, character in enumerate(text[: self.columns]):
            self._cells[row, start + i] = (character, MUTED)

    def draw_cursor(self, x: float) -> None:
        """Draw an upright line where nothing is drawn yet."""
        column = self._dot(x, self.low)[0] // 2
        for row in range(self.rows):
            self._cells.setdefault((row, column), ("│", MUTED))

    def write(self, x: float, y: float, text: str, style: str) -> None:
        """Write a label at a point, or beside what is written there already."""
        column, row = self._dot(x, y)
        column, row = min(column // 2, self.columns - len(text)), row // 4
        while column > 0 and self._cells.get((row, column), ("", ""))[0].isalpha():
            column -= 1
        self._cells[row, column] = (text, f"bold {style}".rstrip())

    def lines(self) -> list[Content]:
        """Return the rows with the labels of y: the highest value, the middle, and the lowest."""
        labels = {0: self.high, self.rows - 1: self.low}
        if self.rows >= 5:
            middle = (self.rows - 1) // 2
            labels[middle] = self.high - (self.high - self.low) * middle / (self.rows - 1)
        return [
            Content.assemble((f"{labels[row]:5.2f} " if row in labels else " " * MARGIN, MUTED))
            + self._row(row)
            for row in range(self.rows)
        ]

    def _row(self, row: int) -> Content:
        cells = (self._cells.get((row, column), (" ", "")) for column in range(self.columns))
        runs = groupby(cells, key=lambda cell: cell[1])
        return Content.assemble(*(("".join(text for text, _ in run), style) for style, run in runs))

    def _dot(self, x: float, y: float) -> tuple[int, int]:
        """Return the dot of a point, counted from the left and from the top."""
        column = min(max(x, 0.0), 1.0) * (2 * self.columns - 1)
        row = (self.high - y) / (self.high - self.low) * (4 * self.rows - 1)
        return round(column), round(min(max(row, 0), 4 * self.rows - 1))

    def _set(self, column: int, row: int, style: str) -> None:
        place = row // 4, column // 2
        text, _ = self._cells.get(place, ("", ""))
        dots = ord(text) - BRAILLE if text and ord(text) >= BRAILLE else 0
        self._cells[place] = (chr(BRAILLE + (dots | DOTS[row % 4][column % 2])), style)


def tick_line(ticks: Sequence[tuple[float, str]], columns: int) -> Content:
    """Return labels in a row, each below its place from 0 to 1; one that has no room is left out.

    The last one always has room, and ends where the row ends.
    """
    line = [" "] * columns
    for place, text in sorted(ticks, key=lambda tick: tick[0] < max(p for p, _ in ticks)):
        start = round(place * (columns - 1)) - len(text) // 2
        start = min(max(start, 0), columns - len(text))
        if start >= 0 and all(c == " " for c in line[max(0, start - 1) : start + len(text) + 1]):
            line[start : start + len(text)] = text
    return Content.assemble((" " * MARGIN + "".join(line).rstrip(), MUTED))
