"""The loss while the model learns. Imports the plotting library, so it is mounted late."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Static
from textual_hires_canvas import Canvas
from textual_plot import HiResMode, PlotWidget

REDRAW_EVERY = 1.0  # seconds; no key is echoed during the 30 ms of a redraw
LEGEND = Content.from_markup(
    "─ training  [$primary]●[/] validation loss, bits per byte\n"
    "Dropout, on in training, raises its loss."
)
MOST_LOSS = 1e6  # bits per byte
Point = tuple[int, float]


class LossChart(Vertical):
    """Draw training and validation loss, in bits per byte, over the steps of the whole run."""

    def __init__(self) -> None:
        super().__init__()
        self._training: list[Point] = []
        self._validation: list[Point] = []
        self._steps = 0
        self._changed = False

    def compose(self) -> ComposeResult:
        plot = _Plot()
        plot.can_focus = False
        yield plot
        yield Static(LEGEND, id="legend")

    def on_mount(self) -> None:
        if not self.query(Canvas):  # the app was left meanwhile
            return
        plot = self.query_one(PlotWidget)
        plot.margin_top, plot.margin_bottom, plot.margin_left = 0, 1, 5
        self.set_interval(REDRAW_EVERY, self._redraw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self._stale())

    def on_resize(self) -> None:
        self._stale()

    def show(self, training: list[Point], validation: list[Point], steps: int) -> None:
        """Draw these points of a run of `steps` steps at the next tick of the timer."""
        self._training, self._validation = _drawable(training), _drawable(validation)
        self._steps = steps
        self._stale()

    def _stale(self) -> None:
        self._changed = True

    def _redraw(self) -> None:
        if not self._changed or not self.is_on_screen:
            return
        self._changed = False
        plot = self.query_one(PlotWidget)
        plot.clear()
        plot.set_xlimits(0, max(1, self._steps))
        theme = self.app.theme_variables
        muted, accent = _hex(theme, "foreground"), _hex(theme, "primary")
        for points, style in ((self._training, muted), (self._validation, accent)):
            if points:
                x, y = zip(*_thin(points, 2 * max(10, plot.size.width)), strict=True)
                plot.plot(x, y, line_style=style, hires_mode=HiResMode.BRAILLE)
        if self._validation:
            x, y = zip(*self._validation, strict=True)
            plot.scatter(x, y, marker="●", marker_style=accent)


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


def _drawable(points: list[Point]) -> list[Point]:
    """Return the points whose loss can be drawn: it may be no number, in a file from elsewhere."""
    return [point for point in points if 0 <= point[1] < MOST_LOSS]


def _thin(points: list[Point], most: int) -> list[Point]:
    """Return at most `most` points and the last one."""
    return points[:: -(-len(points) // most)] + points[-1:]


def _hex(theme: dict[str, str], name: str) -> str:
    """Return a theme colour as the plot can read it: neither a $name nor an ansi name."""
    value = theme.get(name, "")
    return value[:7] if value.startswith("#") else "white"
