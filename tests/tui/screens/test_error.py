from __future__ import annotations

import pytest

from jokebox.errors import JokeboxError
from jokebox.tui.screens.error import ErrorScreen
from tests.tui.host import host

HOSTILE = JokeboxError("[/title]", "[@click=app.quit]where \x1b[2J\u202e", "[b]what to do")


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_it_says_what_went_wrong_where_and_what_to_do_until_it_is_read(key: str) -> None:
    async with host(ErrorScreen(HOSTILE)) as stage:
        await stage.sees("[/title]", "[@click=app.quit]where [2J", "[b]what to do")
        assert stage.answers == []
        await stage.press(key)
        await stage.until(lambda: stage.answers == [None])


async def test_a_click_closes_it() -> None:
    async with host(ErrorScreen(HOSTILE)) as stage:
        await stage.click("Button")
        await stage.until(lambda: stage.answers == [None])


async def test_it_fits_a_small_terminal() -> None:
    async with host(ErrorScreen(JokeboxError("no", "long " * 40, "the hint")), (60, 16)) as stage:
        await stage.sees("no", "the hint", "Close")
