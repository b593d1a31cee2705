from __future__ import annotations

from math import inf, nan

import pytest

from jokebox.lm.curves import drawable
from jokebox.tui.widgets import loss_chart
from jokebox.tui.widgets.loss_chart import (
    WHILE_TYPING,
    LossChart,
    _thin,
    loss_limits,
    loss_ticks,
    place,
    step_ticks,
)
from tests.tui.stage import Host, screen_text, until

FALLING = [(step, 3.0 - step / 1000) for step in range(1, 1001)]


@pytest.fixture(autouse=True)
def quick_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redraw at once what would wait for the next second."""
    monkeypatch.setattr(loss_chart, "REDRAW_EVERY", 0.02)


@pytest.mark.parametrize("most", [1, 2, 7, 100, 5000])
def test_few_points_are_drawn_and_the_last_is_always_among_them(most: int) -> None:
    thin = _thin(FALLING, most)
    assert len(thin) <= most + 1
    assert (thin[0], thin[-1]) == (FALLING[0], FALLING[-1])


def test_what_is_no_loss_is_not_drawn() -> None:
    odd = [(1, nan), (2, inf), (3, -inf), (4, 1e308), (5, -1.0)]
    assert drawable([*odd, *FALLING]) == FALLING


def test_the_first_tenth_of_a_run_has_nearly_half_of_the_axis() -> None:
    assert [round(place(step, 1000), 2) for step in (0, 100, 500, 1000)] == [0.0, 0.46, 0.83, 1.0]
    assert place(0, 0) == 0


@pytest.mark.parametrize(
    ("steps", "most", "ticks"),
    [
        (1232, 9, [0, 20, 50, 100, 200, 1232]),
        (1232, 4, [0, 100, 1232]),
        (3, 9, [0, 1, 3]),
        (0, 1, [0, 1]),
    ],
)
def test_round_steps_are_written_with_room_between_them(
    steps: int, most: int, ticks: list[int]
) -> None:
    assert step_ticks(steps, most) == ticks


@pytest.mark.parametrize(
    ("losses", "most", "labels"),
    [
        ([1.17, 2.44], 4, ["1.5", "2.0"]),
        ([1.17, 2.44], 8, ["1.2", "1.4", "1.6", "1.8", "2.0", "2.2", "2.4"]),
        ([2.49], 4, ["2.45", "2.50"]),
        ([1.0, 5e5], 4, ["0", "200000", "400000"]),
    ],
)
def test_round_losses_are_written_none_of_them_twice(
    losses: list[float], most: int, labels: list[str]
) -> None:
    ticks, decimals = loss_ticks(*loss_limits(losses), most)
    assert [f"{tick:.{decimals}f}" for tick in ticks] == labels


async def test_both_losses_are_drawn_over_the_whole_run() -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test() as pilot:
        chart.show(FALLING, FALLING[::250], 2000)
        await app.sees("2,000", "● ", "2,000 steps")
        await until(pilot, lambda: any("⠀" < dots <= "⣿" for dots in screen_text(app)))


@pytest.mark.parametrize("points", [[], [(1, 2.0)], [(1, 2.0), (2, 2.0)]])
async def test_a_run_that_has_hardly_begun_is_drawn(points: list[tuple[int, float]]) -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test() as pilot:
        chart.show(points, points, 0)
        await until(pilot, lambda: not chart._changed)


async def test_it_is_drawn_in_any_theme() -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test():
        for theme in app.available_themes:
            app.theme = theme
            chart.show(FALLING, FALLING[::250], 1000)
            await app.until(lambda: chart.is_on_screen)
            chart._redraw()
            await app.sees("●")


async def test_it_is_drawn_at_any_size_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    chart = LossChart()
    app = Host(chart)
    async with app.run_test(size=(80, 24)) as pilot:
        chart.show(FALLING, FALLING[::250], 1000)
        await app.sees("1,000", "●")
        for size in ((140, 45), (60, 16)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: not chart._changed)
        await app.sees("1,000", "●")


async def test_it_is_drawn_again_only_if_it_looks_different() -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test():
        chart.show(FALLING[:1000], [], 2000)
        await app.until(lambda: not chart._changed)
        chart.show(FALLING[:1001], [], 2000)
        assert not chart._changed
        chart.show(FALLING[:1001], FALLING[:1], 2000)
        assert chart._changed


async def test_another_model_is_drawn_though_its_curve_ends_at_the_same_step() -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test():
        chart.show(FALLING, FALLING[::250], 2000)
        await app.until(lambda: not chart._changed)
        lower = [(step, loss / 2) for step, loss in FALLING]
        chart.show(lower, lower[::250], 2000)
        assert chart._changed


async def test_while_the_user_types_it_is_drawn_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test():
        chart.show(FALLING, [], 2000)
        await app.until(lambda: not chart._changed)
        monkeypatch.setattr(loss_chart, "REDRAW_EVERY", 1000)
        chart.key_pressed()
        chart.show(FALLING, FALLING[:1], 2000)
        chart._redraw()
        assert chart._changed
        chart._drawn -= WHILE_TYPING
        chart._redraw()
        assert not chart._changed
