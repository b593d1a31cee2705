"""The loss while the model learns. Imports the plotting library, so it is mounted late."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from time import monotonic

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static
from textual_hires_canvas import Canvas
from textual_plot import AxisFormatter, HiResMode, PlotWidget

from jokebox.lm.curves import drawable

REDRAW_EVERY = 1.0  # seconds; no key is echoed during the 30 ms of a redraw
WHILE_TYPING = 5.0  # seconds, as often while the user types
LEGEND = Content.from_markup(
    "─ training  [$primary]●[/] validation loss, bits per byte\n"
    "Dropout, on in training, raises its loss."
)
STRETCH = 50  # this part of the run is as wide as the first tenth of a linear axis
LABEL = 7  # columns that the number of a step takes on the axis, with space
MARGIN = 6  # columns left of the plot, for the numbers
Point = tuple[int, float]


class LossChart(Vertical):
    """Draw training and validation loss, in bits per byte, over the steps of the whole run.

    The axis of the steps is stretched at its beginning, where nearly all is learnt.
    """

    def __init__(self) -> None:
        super().__init__()
        self._training: list[Point] = []
        self._validation: list[Point] = []
        self._steps = 0
        self._looks: object = None  # what tells these points from others, as far as can be seen
        self._changed = False
        self._drawn = self._typed = -WHILE_TYPING  # when, on the monotonic clock

    def compose(self) -> ComposeResult:
        plot = _Plot()
        plot.can_focus = False
        yield plot
        yield Static(LEGEND, id="legend")

    def on_mount(self) -> None:
        if not self.query(Canvas):  # the app was left meanwhile
            return
        plot = self.query_one(PlotWidget)
        plot.margin_top, plot.margin_bottom, plot.margin_left = 0, 1, MARGIN
        self.set_interval(REDRAW_EVERY, self._redraw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._stale())

    def on_resize(self) -> None:
        self._stale()

    def show(self, training: list[Point], validation: list[Point], steps: int) -> None:
        """Draw these points of a run of `steps` steps soon, unless they would look the same."""
        self._training, self._validation, self._steps = training, validation, steps
        last = training[-1][0] if training else 0
        dot = int(2 * self.size.width * place(last, steps))  # two of them in a column
        looks = (dot, steps, training[:1], len(validation), validation[-1:])
        if looks != self._looks:
            self._looks = looks
            self._stale()

    def key_pressed(self) -> None:
        """Redraw seldom for a moment: a key has been pressed, and others may follow."""
        self._typed = monotonic()

    def _stale(self) -> None:
        self._changed = True

    def _redraw(self) -> None:
        now = monotonic()
        typing = now - self._typed < REDRAW_EVERY and now - self._drawn < WHILE_TYPING
        if not self._changed or typing or not self.is_on_screen:
            return
        self._changed, self._drawn = False, now
        training, validation = drawable(self._training), drawable(self._validation)
        plot = self.query_one(PlotWidget)
        plot.clear()
        self._set_axes(plot, [loss for _, loss in (*training, *validation)])
        theme = self.app.theme_variables
        muted, accent = _hex(theme, "foreground"), _hex(theme, "primary")
        # one curve is a line and one is dots: in few rows a second line would cover the first
        for points, draw in ((training, "line"), (validation, "dots")):
            if not points:
                continue
            steps, losses = zip(*_thin(points, 2 * max(10, plot.size.width)), strict=True)
            places = [place(step, self._steps) for step in steps]
            if draw == "line":
                plot.plot(places, losses, line_style=muted, hires_mode=HiResMode.BRAILLE)
            else:
                plot.scatter(places, losses, marker="●", marker_style=accent)

    def _set_axes(self, plot: PlotWidget, losses: Sequence[float]) -> None:
        width, height = plot.size.width - MARGIN, plot.size.height - 3
        steps = step_ticks(self._steps, width // LABEL)
        plot.set_xlimits(0, 1)
        plot.set_xticks([place(step, self._steps) for step in steps])
        *labels, last = [f"{step:,}" for step in steps]
        plot.set_x_formatter(_Labels([*labels, f"{last} steps"]))
        if losses:
            low, high = loss_limits(losses)
            ticks, decimals = loss_ticks(low, high, max(2, (height + 1) // 2))
            plot.set_ylimits(low, high)
            plot.set_yticks(ticks)
            plot.set_y_formatter(_Labels([f"{tick:.{decimals}f}" for tick in ticks]))


class _Labels(AxisFormatter):
    """Write these labels at the ticks of an axis, whatever their places."""

    def __init__(self, labels: list[str]) -> None:
        self._labels = labels

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:
        raise NotImplementedError("the ticks of this chart are given")

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return self._labels


class _Plot(PlotWidget):
    def on_mount(self, event: events.Mount | None = None) -> None:
        if event is not None and not self.children:  # left while it mounts: it would find nothing
            event.prevent_default()

    def _update_margin_sizes(self) -> None:
        if self.children:  # its watchers are called even then
            super()._update_margin_sizes()

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            yield _Canvas(1, 1, id=widget.id) if isinstance(widget, Canvas) else widget


class _Canvas(Canvas):
    """Draw blank lines until the canvas has its new size.

    Its own lines have no style then, which Textual cannot draw if NO_COLOR is set.
    """

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        return line if line.cell_length else Strip.blank(self.size.width, self.rich_style)


def place(step: int, steps: int) -> float:
    """Return where a step is on the axis, from 0 to 1: nearly logarithmic, but with a zero."""
    scale = max(1, steps) / STRETCH
    return log10(1 + step / scale) / log10(1 + STRETCH)


def step_ticks(steps: int, most: int) -> list[int]:
    """Return the steps that are written below the axis: the ends, and round ones between them.

    Their labels are a part of `most` of it wide, and that of the last twice as wide.
    """
    steps, width = max(1, steps), 1 / max(2, most)
    ticks, free = [steps], 1 - 2 * width
    for exponent in range(len(str(steps)), -1, -1):
        for digit in (5, 2, 1):
            at = place(digit * 10**exponent, steps)
            if width <= at <= free:
                ticks.append(digit * 10**exponent)
                free = at - width
    return [0, *reversed(ticks)]


def loss_limits(losses: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the axis of the losses: a single one is in its middle."""
    low, high = min(losses), max(losses)
    around = max(0.02 * (high - low), 0.05 if high - low < 0.05 else 0)
    return max(0.0, low - around), high + around


def loss_ticks(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Return at most `most` round losses between two others, and how many decimals they need."""
    for exponent in range(floor(log10((high - low) / 10)), 10):
        for digit in (1, 2, 5):
            interval = digit * 10.0**exponent
            first, last = ceil(low / interval), floor(high / interval)
            if last - first < most:
                return [n * interval for n in range(first, last + 1)], max(0, -exponent)
    return [], 0


def _thin(points: list[Point], most: int) -> list[Point]:
    """Return at most `most` points and the last one."""
    return points[:: -(-len(points) // most)] + points[-1:]


def _hex(theme: dict[str, str], name: str) -> str:
    """Return a theme colour as the plot can read it: neither a $name nor an ansi name."""
    value = theme.get(name, "")
    return value[:7] if value.startswith("#") else "white"
