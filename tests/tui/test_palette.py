from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.command import CommandPalette
from textual.content import Content
from textual.widgets import Input

from jokebox.tui.palette import Command
from tests.small import endless, fluent, shelve
from tests.tui.stage import Stage, open_app


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        await stage.pilot.press("ctrl+p")
        await stage.until(lambda: isinstance(stage.app.screen, CommandPalette))
        yield stage


def test_a_command_is_meant_by_its_name_its_key_or_what_it_does() -> None:
    command = Command("Manner", "f4", "How it talks: temperature, pace", print)
    assert command.display(Content("Manner")).plain == "Manner  f4"
    for query in ("manner", "F4", "temperature", "talks pace"):
        assert command.is_meant_by(query)
    assert not command.is_meant_by("talks loudly")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("export", "Talks  f5"),
        ("temperature", "Manner  f4"),
        ("copy", "Copy"),
        ("guess", "Guess  ^a"),
        ("earlier talk", "Talks  f5"),
        ("theme", "Theme"),
    ],
)
async def test_it_finds_what_a_user_calls_it(stage: Stage, query: str, title: str) -> None:
    stage.app.screen.query_one(Input).value = query
    await stage.sees(title)


async def test_it_does_something_with_the_last_joke_from_the_prompt(stage: Stage) -> None:
    stage.app.screen.query_one(Input).value = "copy"
    await stage.sees("the last joke")
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.app.clipboard == stage.chat.turns[0].joke)


async def test_the_keys_of_the_moment_come_first(stage: Stage) -> None:
    await stage.sees("Again  ^g", "Favourite  ^f")


@pytest.mark.parametrize("key", ["pageup", "pagedown"])
async def test_the_palette_takes_keys_before_its_list_is_laid_out(key: str) -> None:
    shelve("farm", fluent())
    async with open_app() as stage:
        await stage.ready()
        stage.app.simulate_key("ctrl+p")
        for _ in range(20):  # one of them comes when there are options, but no lines yet
            stage.app.simulate_key(key)
            await stage.pilot.pause(0.01)
        await stage.opens(CommandPalette)
