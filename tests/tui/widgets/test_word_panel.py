"""The words that could come, the game and the manner, in one panel of the main screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from jokebox.settings import Settings
from jokebox.tui.widgets.manner_panel import MannerPanel
from jokebox.tui.widgets.word_panel import WordPanel
from tests.small import endless, shelve
from tests.tui.stage import Stage, open_app


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        yield stage


def has_focus(stage: Stage, id: str) -> bool:
    return stage.app.focused is not None and stage.app.focused.id == id


async def test_the_manner_stands_beside_the_words_and_moves_their_bars(stage: Stage) -> None:
    await stage.say("Why did the cow")
    await stage.pilot.press("f7", "shift+tab", "left")
    await stage.until(lambda: stage.main.words.why.choices)
    await stage.sees("Temperature", "%")
    await stage.pilot.press("f4")
    await stage.until(lambda: has_focus(stage, "temperature"))
    await stage.pilot.press("0")
    await stage.sees("100.0 %", "cut")


async def test_f4_goes_to_the_manner_and_back_to_the_prompt(stage: Stage) -> None:
    await stage.pilot.press("f4")
    await stage.until(lambda: has_focus(stage, "temperature"))
    await stage.sees("esc Prompt")
    await stage.pilot.press("f4")
    await stage.until(lambda: stage.prompt.has_focus and stage.main.side == "")
    await stage.pilot.press("f4")
    await stage.until(lambda: has_focus(stage, "temperature"))
    await stage.pilot.press("escape")
    await stage.until(lambda: stage.prompt.has_focus)
    assert stage.main.side == "word"


async def test_a_key_begins_the_game_and_f7_ends_it(stage: Stage) -> None:
    await stage.pilot.press("ctrl+a")
    await stage.until(lambda: has_focus(stage, "bet"))
    await stage.sees("___", "You lay half on your word")
    stage.app.query_one("#bet", Input).value = "cow"
    await stage.pilot.press("enter")
    await stage.sees("You pay")
    await stage.pilot.press("f7")
    await stage.sees("Why this word?")
    await stage.pilot.press("ctrl+a")
    await stage.sees("You pay")
    await stage.pilot.press("ctrl+a")
    await stage.until(lambda: stage.prompt.has_focus and not stage.main.words.guessing)


async def test_the_fields_are_mounted_once() -> None:
    panel = WordPanel(Settings())
    from tests.tui.stage import Host

    app = Host(panel)
    async with app.run_test():
        assert not panel.query(MannerPanel)
        assert panel.open_manner() is panel.open_manner()
        panel.follow(replace(Settings(), take_turns=True))
        await app.until(lambda: panel.open_manner().settings.take_turns)
