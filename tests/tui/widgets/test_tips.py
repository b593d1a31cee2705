from __future__ import annotations

import pytest

from jokebox import paths
from jokebox.settings import load_settings
from jokebox.tui.widgets.tips import TIPS, Tips
from tests.small import endless, shelve
from tests.tui.stage import Host, click, open_app, screen_text


async def test_the_tour_shows_each_tip_once_and_can_be_taken_again() -> None:
    tips = Tips({})
    app = Host(tips)
    async with app.run_test(size=(140, 10)):
        assert not tips.display
        for _ in range(2):
            for number, tip in enumerate(TIPS, 1):
                tips.next()
                await app.sees(f"Tip {number} of {len(TIPS)}  {tip}")
                assert ("F9\u00a0done" in screen_text(app)) is (number == len(TIPS))
            tips.next()
            await app.until(lambda: not tips.region)


async def test_a_click_shows_the_next_tip() -> None:
    tips = Tips({})
    app = Host(tips)
    async with app.run_test(size=(140, 10)) as pilot:
        tips.next()
        await app.sees("Tip 1 of")
        await click(pilot, tips)
        await app.sees("Tip 2 of")


@pytest.mark.parametrize("size", [(60, 16), (140, 45)])
async def test_the_tour_begins_at_the_first_start_only(size: tuple[int, int]) -> None:
    shelve("farm", endless())
    paths.settings_file().unlink()
    async with open_app(size=size) as stage:
        await stage.sees("Tip 1 of 4")
        await stage.pilot.press("f9")
        await stage.sees("Tip 2 of 4")
    assert load_settings().tips_seen
    async with open_app(size=size) as stage:
        await stage.ready()
        assert "Tip 1" not in stage.text()
        await stage.pilot.press("f9")
        await stage.sees("Tip 1 of 4")
