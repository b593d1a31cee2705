"""The curves of runs: all their points as CSV, and laid out as a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10, sqrt

from jokebox.formatting import BASELINES
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.curves import curve_of, drawable
from jokebox.lm.history import Point

COLUMNS = ("run", "step", "epoch", "minutes", "kind", "bits_per_byte")
# of a chart, in units of its drawing
WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 48, 170, 32, 46
LABEL_HEIGHT = 17
MOST_POINTS = 300  # of a line: more cannot be seen
HIGHEST = 2  # times the lowest value: a run begins high above all that is worth seeing
LEAST_HEIGHT = 0.1  # bits per byte, of a curve that is nearly flat
TICKS = 4


def as_csv(models: Sequence[Checkpoint]) -> bytes:
    """Return every point of the curves of models, a row each, under COLUMNS."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for model in models:
        history = model.history
        curve = curve_of(model)
        for kind, points in ("training", history.training), ("validation", history.validation):
            for step, bits in points:
                epoch = f"{step / model.plan.steps_per_epoch:.3f}"
                minutes = f"{curve.seconds_at(step) / 60:.3f}"
                rows.writerow((model.name, step, epoch, minutes, kind, f"{bits:.4f}"))
    return text.getvalue().encode()


@dataclass(frozen=True)
class Label:
    """The name of what ends at `x`, `y`, written beside that at the height `label_y`."""

    text: str
    x: float
    y: float
    label_y: float


@dataclass(frozen=True)
class Line:
    """A curve: `number` is its place among the lines, which says how it is drawn."""

    number: int
    path: str  # "x,y x,y ..."
    label: Label


@dataclass(frozen=True)
class Chart:
    """Curves and levels, laid out in a drawing of WIDTH by HEIGHT."""

    lines: Sequence[Line]
    levels: Sequence[Label]
    x_ticks: Sequence[tuple[float, str]]
    y_ticks: Sequence[tuple[float, str]]
    is_cut: bool  # some points lie above it
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def chart(curves: Mapping[str, Sequence[Point]], baselines: Mapping[str, float]) -> Chart | None:
    """Lay out `curves` by their labels, and `baselines` by their names; None without points."""
    curves = {label: kept for label, points in curves.items() if (kept := drawable(points))}
    values = [y for points in curves.values() for _, y in points]
    if not values:
        return None
    last = max(x for points in curves.values() for x, _ in points) or 1
    heights = [*values, *baselines.values()]
    plot = _Plot(last, min(heights), max(heights))
    ends = [(name, plot.x(points[-1][0]), plot.y(points[-1][1])) for name, points in curves.items()]
    ends += [
        (f"{BASELINES[name]} {value:.2f}", WIDTH - RIGHT, plot.y(value))
        for name, value in baselines.items()
        if value <= plot.high
    ]
    labels = _apart(ends)
    lines = [Line(i, plot.path(points), labels[i]) for i, points in enumerate(curves.values())]
    is_cut = max(values) > plot.high
    return Chart(lines, labels[len(lines) :], [*plot.x_ticks()], [*plot.y_ticks()], is_cut)


class _Plot:
    """Places of values: x by its square root, since a run changes most in its first steps."""

    def __init__(self, last: float, low: float, high: float) -> None:
        self.last, self.low, self.high = last, low, min(high, HIGHEST * low)
        self.high = max(self.high, self.low + LEAST_HEIGHT)
        self.step = _round_step((self.high - self.low) / TICKS)
        self.low = floor(self.low / self.step) * self.step
        self.high = ceil(self.high / self.step) * self.step

    def x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * sqrt(value / self.last)

    def y(self, value: float) -> float:
        share = (self.high - value) / (self.high - self.low)
        return TOP + (HEIGHT - TOP - BOTTOM) * share

    def path(self, points: Sequence[Point]) -> str:
        shown = points[:: -(-len(points) // MOST_POINTS)]
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in (*shown, points[-1]))

    def x_ticks(self) -> Iterator[tuple[float, str]]:
        for i in range(TICKS + 1):
            value = _rounded(self.last * (i / TICKS) ** 2) if i < TICKS else self.last
            yield self.x(value), f"{value:,.0f}"

    def y_ticks(self) -> Iterator[tuple[float, str]]:
        for i in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + i * self.step
            yield self.y(value), f"{value:.2f}".rstrip("0").rstrip(".")


def _apart(ends: Sequence[tuple[str, float, float]]) -> list[Label]:
    """Return the labels of ends, those beside the chart so far apart that all can be read."""
    beside = [i for i, (_, x, _) in enumerate(ends) if x > WIDTH - RIGHT - LABEL_HEIGHT]
    beside.sort(key=lambda i: ends[i][2])
    heights = {i: y for i, (_, _, y) in enumerate(ends)}
    for above, below in pairwise(beside):
        heights[below] = max(heights[below], heights[above] + LABEL_HEIGHT)
    lowest: float = HEIGHT - BOTTOM
    for i in reversed(beside):
        heights[i] = min(heights[i], lowest)
        lowest = heights[i] - LABEL_HEIGHT
    return [Label(text, x, y, heights[i]) for i, (text, x, y) in enumerate(ends)]


def _round_step(step: float) -> float:
    """Return the smallest of 1, 2, 2.5, 5, 10 times a power of ten that is not below `step`."""
    power = 10.0 ** floor(log10(step))
    return next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= step * 0.999)


def _rounded(value: float) -> float:
    """Return a number in two digits."""
    return round(value, 1 - floor(log10(value))) if value > 0 else 0
