from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import OptionList

from jokebox.library import Entry, Library
from jokebox.tui.screens.model_picker import ModelPicker
from tests.tui.stage import Stage, endless, open_app, shelve


@pytest.fixture
def entries() -> list[Entry]:
    shelve("barn", endless(), "stopped")
    shelve("farm", endless())
    return Library().entries()


async def pick(stage: Stage, entries: list[Entry], *keys: str) -> list[str | None]:
    picked: list[str | None] = []
    await stage.app.push_screen(ModelPicker(entries), picked.append)
    await stage.pilot.press(*keys)
    await stage.until(lambda: picked)
    return picked


@pytest.mark.parametrize(
    ("keys", "picked"), [(("enter",), "farm"), (("down", "enter"), "barn"), (("escape",), None)]
)
async def test_it_gives_the_chosen_name(
    entries: list[Entry], keys: tuple[str, ...], picked: str | None
) -> None:
    async with open_app() as stage:
        await stage.ready()
        assert await pick(stage, entries, *keys) == [picked]


async def test_a_line_says_how_good_and_how_far_a_model_is(entries: list[Entry]) -> None:
    async with open_app() as stage:
        await stage.ready()
        await stage.app.push_screen(ModelPicker(entries))
        await stage.sees("farm  2.500 bits/byte", "barn  2.500 bits/byte", "40% trained")
        assert stage.app.screen.query_one(OptionList).option_count == 2


async def test_hostile_names_show_as_text(entries: list[Entry]) -> None:
    hostile = [replace(entries[0], name=name) for name in ("[/foo]", "[@click=app.quit]x")]
    async with open_app() as stage:
        await stage.ready()
        await stage.app.push_screen(ModelPicker(hostile))
        await stage.sees("[/foo]", "[@click=app.quit]x")


async def test_without_models_it_says_how_to_get_one() -> None:
    async with open_app(lambda *_: iter(())) as stage:
        await stage.app.push_screen(ModelPicker([]))
        await stage.sees("No models yet: ctrl+r trains one.")
