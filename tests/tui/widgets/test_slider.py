from __future__ import annotations

import pytest
from textual.pilot import Pilot

from jokebox.tui.widgets.curves import MARGIN
from jokebox.tui.widgets.slider import Slider
from tests.tui.stage import Host, screen_text

STOPS = (0, 32, 128, 512, 1000)
WIDTH = MARGIN + 41


def moves(app: Host) -> list[int]:
    return [message.index for message in app.posted(Slider.Moved)]


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (("right",), 1),
        (("right", "right", "left"), 1),
        (("end",), 4),
        (("end", "home"), 0),
        (("pagedown", "pageup"), 0),
    ],
)
async def test_keys_move_it_from_stop_to_stop(keys: tuple[str, ...], at: int) -> None:
    slider = Slider()
    app = Host(slider)
    async with app.run_test(size=(WIDTH, 4)) as pilot:
        slider.show(STOPS, {0, 512}, 0)
        slider.focus()
        await pilot.press(*keys)
        await app.until(lambda: slider.index == at)
        assert moves(app)[-1] == at


async def test_at_an_end_it_stays_and_says_nothing() -> None:
    slider = Slider()
    app = Host(slider)
    async with app.run_test(size=(WIDTH, 4)) as pilot:
        slider.show(STOPS, (), 0)
        slider.focus()
        await pilot.press("left")
        assert moves(app) == []


async def test_the_mouse_chooses_and_drags() -> None:
    slider = Slider()
    app = Host(slider)
    async with app.run_test(size=(WIDTH, 4)) as pilot:
        slider.show(STOPS, (), 0)
        await pilot.mouse_down(slider, offset=(MARGIN + 20, 0))
        await drag(pilot, slider, MARGIN + 31)
        await pilot.mouse_up(slider, offset=(MARGIN + 31, 0))
        await drag(pilot, slider, MARGIN)
        await app.until(lambda: moves(app) == [2, 3])


async def drag(pilot: Pilot[None], slider: Slider, column: int) -> None:
    await pilot.hover(slider, offset=(column, 0))


async def test_it_shows_where_it_is_what_was_kept_and_which_steps_these_are() -> None:
    slider = Slider()
    app = Host(slider)
    async with app.run_test(size=(WIDTH, 4)):
        slider.show(STOPS, {0, 512}, 2)
        await app.sees("1,000")
        track, labels = screen_text(app).splitlines()[:2]
        assert track[MARGIN:] == "●━━━━━━━━━╷━━━━━━━━━◆─────────●─────────╷"
        assert labels.split() == ["0", "32", "128", "512", "1,000"]


def test_steps_between_two_stops_are_placed_between_them() -> None:
    slider = Slider()
    slider.show(STOPS, (), 0)
    assert [slider.place(step) for step in (0, 32, 80, 512, 1000, 2000)] == [
        *(0, 0.25, 0.375, 0.75, 1, 1),
    ]
