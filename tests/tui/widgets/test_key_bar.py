from __future__ import annotations

import pytest

from jokebox.tui.widgets.key_bar import Key, KeyBar, first_that_fit
from tests.small import endless, shelve
from tests.tui.stage import open_app


@pytest.mark.parametrize("width", [60, 80, 140])
async def test_the_main_screen_has_one_row_of_the_keys_of_the_moment(width: int) -> None:
    shelve("farm", endless())
    async with open_app(size=(width, 24)) as stage:
        await stage.ready()
        for moment, keys in (("empty", "^y Write"), ("talked", "^g Again"), ("talk", "esc Prompt")):
            if moment == "talked":
                await stage.say("Why did the cow")
            elif moment == "talk":
                await stage.enter_talk()
            await stage.sees(keys, "^p More")
            row = stage.text().splitlines()[-1]
            assert keys in row
            assert row.endswith("More"), "at its right end, whatever the moment"
            assert stage.main.query_one(KeyBar).size.height == 1


async def test_a_dialog_shows_all_of_its_keys() -> None:
    shelve("farm", endless())
    async with open_app(size=(60, 24)) as stage:
        await stage.ready()
        await stage.pilot.press("f2")
        await stage.sees("h Replay", "r Rename", "e Export", "i Import", "d Remove")


def test_the_first_keys_that_fit_are_shown_none_of_them_cut() -> None:
    keys = [Key(name, name, f"f{n}", name, "") for n, name in enumerate(("One", "Two", "Three"))]
    assert first_that_fit(keys, 14) == keys[:2]
    assert first_that_fit(keys, 13) == keys[:1]
    assert first_that_fit(keys, 3) == []


async def test_a_click_on_a_key_presses_it() -> None:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        await stage.rest()  # the last keys to come move the others
        bar = stage.main.query_one(KeyBar)
        row, line = next(
            (y, text) for y, text in enumerate(stage.text().splitlines()) if "f7 Why" in text
        )
        offset = (line.index("f7 Why") - bar.region.x, row - bar.region.y)
        await stage.click(bar, offset)
        await stage.until(lambda: stage.main.side == "word")
