from __future__ import annotations

from jokebox.tui.screens.help import HelpScreen
from jokebox.tui.screens.main import MainScreen
from tests.tui.stage import endless, open_app, shelve


async def test_f1_shows_every_key_that_works_now_with_what_it_does() -> None:
    shelve("farm", endless())
    async with open_app(size=(140, 70)) as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        keys = stage.main.active_bindings.values()
        working = [key.binding for key in keys if key.enabled and key.binding.id and key.tooltip]
        assert {"again", "train", "help"} <= {binding.id for binding in working}
        await stage.pilot.press("f1")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        for binding in working:
            await stage.sees(binding.key, binding.description, binding.tooltip[:30])


async def test_help_is_scrolled_where_there_is_little_room_and_closed_by_its_key() -> None:
    shelve("farm", endless())
    async with open_app(size=(60, 16)) as stage:
        await stage.ready()
        assert "A small LSTM" not in stage.text()
        await stage.pilot.press("f1")
        await stage.sees("A small LSTM")
        await stage.pilot.press("end")
        await stage.sees("A tour of four")
        await stage.pilot.press("f1")
        assert isinstance(stage.app.screen, MainScreen)


async def test_help_is_in_the_palette() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+p", *"Help")
        await stage.sees("Keys, and what the words mean")
