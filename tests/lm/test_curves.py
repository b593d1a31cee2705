from __future__ import annotations

from dataclasses import dataclass, field

from jokebox.lm.curves import Curve, curve_of, drawable, scored_alike
from jokebox.lm.history import History


@dataclass(frozen=True)
class Run:
    fingerprint: str
    history: History = field(default_factory=History)
    seconds: float = 10.0


def test_a_curve_is_that_of_the_validation_jokes_over_steps_or_over_seconds() -> None:
    history = History(training=((100, 2.0),), validation=((0, 4.0), (50, 2.5), (80, 3.0)))
    curve = curve_of(Run("a", history))
    assert curve == Curve(((0, 4.0), (50, 2.5), (80, 3.0)), 10.0, 100)
    assert curve.by_time() == ((0.0, 4.0), (5.0, 2.5), (8.0, 3.0))
    assert curve.best == 2.5


def test_a_run_that_was_never_scored_has_an_empty_curve() -> None:
    curve = curve_of(Run("a"))
    assert (curve.by_time(), curve.best) == ((), None)


def test_only_runs_that_were_scored_on_the_jokes_of_the_first_are_alike() -> None:
    one, other, third = Run("a"), Run("b"), Run("a", seconds=3.0)
    assert scored_alike([one, other, third]) == ([one, third], [other])


def test_points_that_are_no_numbers_are_not_drawn() -> None:
    points = [(0, float("nan")), (1, 2.0), (2, float("inf")), (3, -1.0), (4, 1e9)]
    assert drawable(points) == [(1, 2.0)]
