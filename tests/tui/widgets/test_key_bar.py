from __future__ import annotations

import pytest

from tests.tui.stage import endless, open_app, shelve


@pytest.mark.parametrize("width", [60, 80, 140])
async def test_every_key_that_works_is_on_the_screen_whatever_its_width(width: int) -> None:
    shelve("farm", endless())
    async with open_app(size=(width, 24)) as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        for keys in ("^o New joke", "^n New chat", "^g Again", "^b Rewind", "^r Train"):
            await stage.sees(keys)
        await stage.sees("f1 Help", "f2 Models", "f3 Learning", "^q Quit", "^p Palette")
