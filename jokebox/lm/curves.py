"""The validation curves of several runs, laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from jokebox.lm.history import History, Point


class Run(Protocol):
    """A model, or what a list shows of one."""

    @property
    def history(self) -> History:
        """What its run has shown."""

    @property
    def seconds(self) -> float:
        """How long its run took."""

    @property
    def fingerprint(self) -> str:
        """The identity of its jokes."""


R = TypeVar("R", bound=Run)
X = TypeVar("X", int, float)
MOST = 1e6  # bits per byte that are drawn


@dataclass(frozen=True)
class Curve:
    """The scores of a run on its validation jokes, in bits per byte, and how long it took."""

    points: tuple[Point, ...]
    seconds: float
    last_step: int

    @property
    def best(self) -> float | None:
        """The lowest score; None if it was never scored."""
        return min((value for _, value in self.points), default=None)

    def seconds_at(self, step: int) -> float:
        """Return when a step was taken, in seconds of the run: all took about as long."""
        return step * self.seconds / max(1, self.last_step)

    def by_time(self) -> tuple[tuple[float, float], ...]:
        """Return the curve over seconds instead of steps."""
        return tuple((self.seconds_at(step), value) for step, value in self.points)


def curve_of(run: Run) -> Curve:
    """Return the validation curve of a run."""
    history = run.history
    steps = (step for step, _ in (*history.training[-1:], *history.validation[-1:]))
    return Curve(history.validation, run.seconds, max(steps, default=0))


def scored_alike(runs: Sequence[R]) -> tuple[list[R], list[R]]:
    """Return the runs that were scored on the same jokes as the first, and the others.

    The same jokes are split in the same way, and scores on other jokes say nothing about these.
    """
    wanted = runs[0].fingerprint if runs else ""
    alike = [run for run in runs if run.fingerprint == wanted]
    return alike, [run for run in runs if run.fingerprint != wanted]


def drawable(points: Sequence[tuple[X, float]]) -> list[tuple[X, float]]:
    """Return the points that can be drawn: in a file from elsewhere y may be no number."""
    return [point for point in points if 0 <= point[1] < MOST]
