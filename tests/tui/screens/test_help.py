from __future__ import annotations

from itertools import chain

from jokebox.tui.main_screen import MainScreen
from jokebox.tui.palette import commands
from jokebox.tui.screens.help import PANELS, HelpScreen, nearest_first
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.lens_panel import LensPanel
from jokebox.tui.widgets.prompt import Prompt
from tests.small import endless, shelve
from tests.tui.stage import open_app


async def test_f1_shows_every_key_that_works_now_with_what_it_does() -> None:
    shelve("farm", endless())
    async with open_app(size=(140, 300)) as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        keys = stage.main.active_bindings.values()
        working = [key.binding for key in keys if key.enabled and key.binding.id and key.tooltip]
        assert {"again", "train", "help"} <= {binding.id for binding in working}
        await stage.pilot.press("f1")
        await stage.opens(HelpScreen)
        rows = [
            (stage.app.get_key_display(key), key.description, key.tooltip[:30]) for key in working
        ]
        await stage.sees(*chain.from_iterable(rows))


async def test_help_scrolls_if_there_is_little_room_and_is_closed_by_its_key() -> None:
    shelve("farm", endless())
    async with open_app(size=(60, 16)) as stage:
        await stage.ready()
        assert "A small LSTM" not in stage.text()
        await stage.pilot.press("f1")
        await stage.opens(HelpScreen)
        await stage.sees("A small LSTM")
        await stage.pilot.press("end")
        await stage.sees("A tour of four")
        await stage.pilot.press("f1")
        await stage.opens(MainScreen)


async def test_help_is_in_the_palette() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+p", *"Help")
        await stage.sees("Every panel in plain words")


async def test_there_is_no_other_help() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        titles = [command.title for command in commands(stage.main)]
        assert "Help" in titles
        assert "Keys" not in titles


async def test_every_panel_is_explained_in_plain_words() -> None:
    shelve("farm", endless())
    async with open_app(size=(140, 300)) as stage:
        await stage.ready()
        await stage.pilot.press("f1")
        await stage.sees(
            "The prompt", "The talk", "Why this word", "Learning (ctrl+l)", "Replay (F3)"
        )
        await stage.sees(
            "The state is what the model remembers",
            "Temperature sharpens or flattens",
            "Bits per byte say how much the next letter",
            "The training loss can be above",
            "dropout switches off",
        )


async def test_what_has_the_focus_is_explained_first_then_what_is_on_the_screen() -> None:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        assert nearest_first(stage.main)[:2] == [Prompt, ConversationView]
        await stage.say("Why did the cow")
        await stage.pilot.press("f8")
        await stage.enter_talk()
        await stage.until(lambda: nearest_first(stage.main)[0] is ConversationView)
        await stage.until(lambda: set(nearest_first(stage.main)[1:3]) == {Prompt, LensPanel})
        assert set(nearest_first(stage.main)) == set(PANELS)
