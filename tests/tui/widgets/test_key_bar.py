from __future__ import annotations

import pytest

from jokebox.tui.screens.help import HelpScreen
from jokebox.tui.widgets.key_bar import KeyBar
from tests.small import endless, shelve
from tests.tui.stage import open_app


@pytest.mark.parametrize("width", [60, 80, 140])
async def test_every_key_that_works_is_shown_at_any_width(width: int) -> None:
    shelve("farm", endless())
    async with open_app(size=(width, 24)) as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        for keys in ("^o New joke", "^n New talk", "^g Again", "^b Rewind", "^r Train"):
            await stage.sees(keys)
        await stage.sees("f1 Help", "f2 Models", "f3 Learning", "^q Quit", "^p Palette")


async def test_a_click_on_a_key_presses_it() -> None:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        await stage.rest()  # the last keys to come move the others
        bar = stage.main.query_one(KeyBar)
        row, line = next(
            (y, text) for y, text in enumerate(stage.text().splitlines()) if "f1 Help" in text
        )
        offset = (line.index("f1 Help") - bar.region.x, row - bar.region.y)
        await stage.click(bar, offset)
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
