from __future__ import annotations

from math import inf, nan

import pytest

from jokebox.tui.widgets import loss_chart
from jokebox.tui.widgets.loss_chart import LossChart, _drawable, _thin
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
    assert _drawable([*odd, *FALLING]) == FALLING


async def test_both_losses_are_drawn_over_the_whole_run() -> None:
    chart = LossChart()
    app = Host(chart)
    async with app.run_test() as pilot:
        chart.show(FALLING, FALLING[::250], 2000)
        await app.sees("2000", "● ")
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
        await app.sees("1000", "●")
        for size in ((140, 45), (60, 16)):
            await pilot.resize_terminal(*size)
            await until(pilot, lambda: not chart._changed)
        await app.sees("1000", "●")
