"""What a run will take, before it starts."""

from __future__ import annotations

from textual.widgets import Static

from jokebox.train.estimate import Estimate


class Forecast(Static):
    """Show an estimate, rounded: it is arithmetic with the speed of earlier runs."""

    def __init__(self) -> None:
        super().__init__("", markup=False)

    def show(self, estimate: Estimate | None) -> None:
        """Show the estimate in words; nothing if it is None."""
        self.update("" if estimate is None else describe(estimate))


def describe(estimate: Estimate) -> str:
    """Return an estimate in words."""
    passes = f"{estimate.epochs:.{0 if estimate.epochs >= 10 else 1}f}".removesuffix(".0")
    memory = f"{estimate.bytes / 1e9:.1f} GB of memory"
    return f"About {_duration(estimate.seconds)}, {passes} pass{'es' * (passes != '1')}, {memory}"


def _duration(seconds: float) -> str:
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} seconds"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} minute{'s' * (minutes != 1)}"
    return f"{seconds / 3600:.0f} hours"
