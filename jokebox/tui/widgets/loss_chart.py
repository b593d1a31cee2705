"""The loss while the model learns. Imports the plotting library, so it is mounted late."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static
from textual_plot import HiResMode, PlotWidget

REDRAW_EVERY = 0.3  # seconds; a redraw costs up to 30 ms
Point = tuple[int, float]


class LossChart(Vertical):
    """Training and validation loss, in bits per byte, over the steps."""

    def __init__(self) -> None:
        super().__init__()
        self.training: list[Point] = []
        self.validation: list[Point] = []
        self._changed = False

    def compose(self) -> ComposeResult:
        plot = PlotWidget()
        plot.can_focus = False
        yield plot
        yield Static(id="legend", markup=False)

    def on_mount(self) -> None:
        plot = self.query_one(PlotWidget)
        plot.margin_bottom = 2
        plot.margin_left = 5
        plot.set_xlabel("steps")
        self._legend()
        self.set_interval(REDRAW_EVERY, self._redraw)
        self.app.theme_changed_signal.subscribe(self, lambda _: self.show())

    def show(
        self, training: list[Point] | None = None, validation: list[Point] | None = None
    ) -> None:
        """Draw these points from now on, at the next tick."""
        self.training = self.training if training is None else training
        self.validation = self.validation if validation is None else validation
        self._changed = True

    def _legend(self) -> None:
        self.query_one("#legend", Static).update(
            "bits per byte, less is better   ─ training   ● validation\n"
            "Training can lie above: it learns with a part of itself switched off."
        )

    def _redraw(self) -> None:
        if not self._changed or not self.is_on_screen:
            return
        self._changed = False
        plot = self.query_one(PlotWidget)
        plot.clear()
        theme = self.app.theme_variables
        muted, accent = _hex(theme, "foreground"), _hex(theme, "primary")
        columns = max(10, plot.size.width)
        for points, style in ((self.training, muted), (self.validation, accent)):
            if points:
                x, y = zip(*_thin(points, 2 * columns), strict=True)
                plot.plot(x, y, line_style=style, hires_mode=HiResMode.BRAILLE)
        if self.validation:
            x, y = zip(*self.validation, strict=True)
            plot.scatter(x, y, marker="●", marker_style=accent)


def _thin(points: list[Point], most: int) -> list[Point]:
    """At most `most` points, the last one always among them."""
    return points[:: -(-len(points) // most)] + points[-1:]


def _hex(theme: dict[str, str], name: str) -> str:
    """A theme colour as the plot can read it: it knows no $names and no ansi ones."""
    value = theme.get(name, "")
    return value[:7] if value.startswith("#") else "white"
