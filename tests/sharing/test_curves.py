from __future__ import annotations

import csv
import io
from dataclasses import replace
from itertools import pairwise

import pytest

from jokebox.lm.history import History
from jokebox.sharing.curves import COLUMNS, LABEL_HEIGHT, MOST_POINTS, as_csv, chart
from tests import small

FALLING = [(0, 4.0), (10, 2.5), (40, 2.0)]


def test_every_point_of_every_model_is_a_row() -> None:
    history = History(training=((10, 3.0), (40, 2.0)), validation=((0, 3.5), (40, 2.5)))
    models = [replace(small.untrained(), name=name, history=history) for name in ("a", "b")]
    rows = [*csv.reader(io.StringIO(as_csv(models).decode()))]
    assert rows[0] == [*COLUMNS]
    assert rows[1] == ["a", "10", "1.000", "0.006", "training", "3.0000"]
    assert rows[4] == ["a", "40", "4.000", "0.025", "validation", "2.5000"]
    assert [row[0] for row in rows[1:]] == ["a"] * 4 + ["b"] * 4


def test_curves_lie_between_the_axes_and_fall_as_their_values_do() -> None:
    drawn = chart({"unseen jokes": FALLING}, {})
    assert drawn is not None
    (line,) = drawn.lines
    points = [tuple(map(float, point.split(","))) for point in line.path.split()]
    assert points[0][0] == drawn.left
    assert points[-1][0] == drawn.right
    assert all(one[1] < other[1] for one, other in pairwise(points[:3]))
    assert drawn.y_ticks[0][0] == pytest.approx(drawn.bottom)
    assert [text for _, text in drawn.x_ticks][-1] == "40"
    assert not drawn.is_cut


def test_what_is_far_above_the_rest_is_cut_off() -> None:
    drawn = chart({"a": [(0, 40.0), *FALLING]}, {"lzma": 1.9, "word_frequencies": 30.0})
    assert drawn is not None
    assert drawn.is_cut
    assert [level.text for level in drawn.levels] == ["compressor 1.90"]


def test_labels_that_would_cover_one_another_are_moved_apart() -> None:
    drawn = chart(dict.fromkeys("abc", FALLING), {"lzma": 2.01})
    assert drawn is not None
    heights = sorted(
        [*(line.label.label_y for line in drawn.lines), *(level.label_y for level in drawn.levels)]
    )
    assert all(below - above >= LABEL_HEIGHT for above, below in pairwise(heights))
    assert heights[-1] <= drawn.bottom


def test_a_run_that_ended_early_has_its_label_where_it_ends() -> None:
    drawn = chart({"long": FALLING, "short": FALLING[:2]}, {})
    assert drawn is not None
    assert drawn.lines[0].label.x == drawn.right
    assert drawn.lines[1].label.x < drawn.right - 100


def test_a_long_curve_is_drawn_in_few_points() -> None:
    drawn = chart({"a": [(step, 2.0 + 1 / step) for step in range(1, 5000)]}, {})
    assert drawn is not None
    assert len(drawn.lines[0].path.split()) <= MOST_POINTS + 1


@pytest.mark.parametrize("points", [[], [(0, float("nan"))], [(3, 1e9)]])
def test_without_a_point_that_can_be_drawn_there_is_no_chart(
    points: list[tuple[int, float]],
) -> None:
    assert chart({"a": points}, {"lzma": 2.0}) is None


@pytest.mark.parametrize("points", [[(0, 2.0)], [(7, 0.0), (9, 0.0)]])
def test_a_flat_curve_is_drawn(points: list[tuple[int, float]]) -> None:
    assert chart({"a": points}, {}) is not None
