from __future__ import annotations

import pytest

from jokebox.errors import JokeboxError
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.error import ErrorScreen
from tests.tui.stage import open_app

HOSTILE = JokeboxError("[/title]", "[@click=app.quit]where \x1b[2J\u202e", "[b]what to do")


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_it_says_what_where_and_what_to_do_and_goes_when_it_is_read(key: str) -> None:
    async with open_app(lambda *_: iter(())) as stage:
        await stage.app.push_screen(ErrorScreen(HOSTILE))
        await stage.sees("[/title]", "[@click=app.quit]where [2J", "[b]what to do")
        await stage.pilot.press(key)
        assert isinstance(stage.app.screen, MainScreen)


async def test_it_fits_a_small_terminal() -> None:
    async with open_app(lambda *_: iter(()), size=(60, 16)) as stage:
        await stage.app.push_screen(ErrorScreen(JokeboxError("no", "long " * 40, "the hint")))
        await stage.sees("no", "the hint", "Close")
