from __future__ import annotations

from textual.binding import Binding

from jokebox.tui.app import JokeboxApp
from jokebox.tui.screens.help import HelpScreen
from jokebox.tui.screens.main import MainScreen
from tests.tui.stage import endless, open_app, shelve


async def test_f1_shows_every_key_with_what_it_does() -> None:
    shelve("farm", endless())
    async with open_app(size=(140, 60)) as stage:
        await stage.ready()
        await stage.pilot.press("f1")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        for binding in (*MainScreen.BINDINGS, *JokeboxApp.BINDINGS):
            assert isinstance(binding, Binding)
            await stage.sees(binding.key, binding.description, binding.tooltip)


async def test_help_is_scrolled_where_there_is_little_room_and_closed_by_its_key() -> None:
    shelve("farm", endless())
    async with open_app(size=(60, 16)) as stage:
        await stage.ready()
        await stage.pilot.press("f1", "end")
        await stage.sees("way is saved")
        await stage.pilot.press("f1")
        assert isinstance(stage.app.screen, MainScreen)


async def test_help_is_in_the_palette() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+p", *"Help")
        await stage.sees("Keys, and what the words mean")
