from __future__ import annotations

from math import inf, nan

from jokebox.tui.widgets.curves import MARGIN, Curves, Level, Plot, Trace, tick_line
from tests.tui.stage import Host, screen_text


def test_a_curve_goes_from_corner_to_corner() -> None:
    plot = Plot(3, 3, low=2.0, high=4.0)
    plot.draw([(0.0, 4.0), (1.0, 2.0)])
    lines = [line.plain for line in plot.lines()]
    assert (lines[0][:MARGIN], lines[2][:MARGIN]) == (" 4.00 ", " 2.00 ")
    assert (lines[0][MARGIN], lines[0][-1], lines[2][MARGIN]) == ("⢇", " ", " ")
    assert lines[2][-1] in "⢆⢇⡰⢱⡸⢸"
    assert all(len(line) == MARGIN + 3 for line in lines)


def test_curves_are_told_apart_by_letters_and_dashes() -> None:
    plot = Plot(8, 2, 0.0, 1.0)
    plot.draw([(0.0, 1.0), (1.0, 1.0)], dash=1)
    plot.write(1.0, 1.0, "A", "")
    plot.write(1.0, 1.0, "B", "")
    row = plot.lines()[0].plain[MARGIN:]
    assert row == "⠉ ⠉ ⠉ BA"


def test_a_level_is_named_and_lies_behind_the_curves() -> None:
    plot = Plot(30, 3, 2.0, 4.0)
    plot.draw([(0.0, 2.0), (0.2, 2.0)])
    plot.draw_level(Level(2.0, "word 3-gram"))
    row = plot.lines()[2].plain[MARGIN:]
    assert row.startswith("⣀")
    assert row.endswith("┈┈ word 3-gram 2.00")


def test_labels_that_would_touch_are_left_out_but_never_the_last() -> None:
    line = tick_line([(0.0, "0"), (0.9, "4,000"), (1.0, "4,800")], 20).plain
    assert line.split() == ["0", "4,800"]
    assert len(line) == MARGIN + 20


async def test_nothing_is_drawn_without_points_and_a_cursor_stands_in_what_is_drawn() -> None:
    chart = Curves()
    app = Host(chart)
    async with app.run_test(size=(40, 8)):
        chart.styles.height = 6
        chart.show([Trace([(0, nan), (1, inf), (2, -1.0)])], lambda x: x)
        await app.until(lambda: not screen_text(app).strip())
        chart.show([Trace([(0, 3.0), (1, 2.0)], "A")], lambda x: x, ticks=[(1, "end")], cursor=0.5)
        await app.sees("│", "A", "end", "3.00")
