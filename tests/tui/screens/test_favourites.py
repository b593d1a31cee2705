"""Favourites: added from the talk, shown, copied, exported, removed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import OptionList

from jokebox import paths
from jokebox.talk.favourites import Favourites
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.favourites import FavouritesScreen
from jokebox.tui.widgets.turn import HEART
from tests.small import endless, shelve
from tests.tui.stage import Stage, answer, open_app

COW, OWL = "Why did the cow", "Why did the owl"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    monkeypatch.chdir(tmp_path)
    shelve("small", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        yield stage


async def add_favourites(stage: Stage, *prompts: str) -> None:
    """Add the answer to each prompt, in a new talk, to the favourites."""
    for number, prompt in enumerate(prompts, 1):
        if stage.chat.turns:
            await stage.pilot.press("ctrl+n")
            await stage.settled(0)
        await stage.say(prompt)
        await stage.until(lambda: stage.possible("mark"))
        await stage.pilot.press("ctrl+f")
        await stage.until(partial(there_are, number))


def there_are(favourites: int) -> bool:
    return len(Favourites().jokes()) == favourites


async def open_favourites(stage: Stage) -> FavouritesScreen:
    await stage.pilot.press("f6")
    await stage.opens(FavouritesScreen)
    await stage.sees("enter copies it")
    screen = stage.app.screen
    assert isinstance(screen, FavouritesScreen)
    return screen


async def test_the_last_joke_is_added_and_removed_by_one_key(stage: Stage) -> None:
    assert not stage.possible("mark")
    await add_favourites(stage, COW)
    (joke,) = Favourites().jokes()
    assert joke.text == stage.chat.turns[-1].joke
    assert joke.model == "small"
    await stage.pilot.press("ctrl+f")
    await stage.until(lambda: not Favourites().jokes())


async def test_a_joke_over_many_turns_is_added_up_to_the_chosen_turn(stage: Stage) -> None:
    await stage.say(COW, "moon")
    await stage.pilot.press("ctrl+f")
    await stage.until(partial(there_are, 1))
    await stage.enter_talk()
    await stage.pilot.press("up", "ctrl+f")
    await stage.until(partial(there_are, 2))
    await stage.until(lambda: [view.is_favourite for view in stage.turns] == [True, True])
    whole, half = Favourites().jokes()
    assert whole.prompt == half.prompt == COW
    assert whole.text.startswith(f"{half.text} moon")


async def test_a_favourite_has_a_heart_on_its_turn_and_is_removed_by_a_click(stage: Stage) -> None:
    await stage.say(COW, OWL)
    await stage.enter_talk()
    await stage.pilot.press("up", "ctrl+f")
    await stage.until(lambda: HEART in answer(stage.turns[0]))
    assert HEART not in answer(stage.turns[1])
    await stage.sees("copy   remove favourite   again")
    await stage.click(".deeds", (8, 0))
    await stage.until(lambda: HEART not in stage.text())
    assert not Favourites().jokes()


async def test_a_reopened_talk_shows_its_favourites(stage: Stage) -> None:
    await add_favourites(stage, COW)
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    await stage.until(lambda: HEART not in stage.text())
    await stage.pilot.press("f5")
    await stage.sees("enter continues it", COW)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.turns and HEART in answer(stage.turns[0]))


async def test_another_answer_to_a_prompt_does_not_show_the_heart_of_the_first(
    stage: Stage,
) -> None:
    await add_favourites(stage, COW)
    first = stage.chat.turns[0]
    await stage.pilot.press("ctrl+g")
    await stage.until(lambda: stage.chat.turns[0] != first)
    await stage.settled(1)
    assert HEART not in answer(stage.turns[0])
    await stage.enter_talk()
    await stage.pilot.press("left_square_bracket")
    await stage.until(lambda: HEART in answer(stage.turns[0]))


async def test_favourites_are_shown_copied_and_removed(stage: Stage) -> None:
    await add_favourites(stage, COW, OWL)
    jokes = Favourites().jokes()
    screen = await open_favourites(stage)
    await stage.sees(OWL, COW, "Copy", "Remove")
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.app.clipboard == jokes[1].text)
    await stage.pilot.press("down", "c")
    await stage.until(lambda: stage.app.clipboard == jokes[0].text)
    await stage.pilot.press("d")
    await stage.until(lambda: Favourites().jokes() == jokes[1:])
    await stage.pilot.press("d")
    await stage.sees("None yet")
    assert not Favourites().jokes()
    assert not screen.query_one(OptionList).display
    await stage.pilot.press("c", "d", "e", "enter")
    assert stage.app.screen is screen
    await stage.pilot.press("escape")
    await stage.until(lambda: HEART not in stage.text())


async def test_they_are_exported(stage: Stage) -> None:
    await add_favourites(stage, COW)
    await open_favourites(stage)
    await stage.pilot.press("e")
    await stage.opens(AskScreen)
    await stage.fill("jokes.txt")
    await stage.pilot.press("enter")
    await stage.until(Path("jokes.txt").exists)
    assert Path("jokes.txt").read_text() == Favourites().jokes()[0].text + "\n"


async def test_a_damaged_file_is_reported_and_left_as_it_is(stage: Stage) -> None:
    paths.favourites_file().write_text("[/b] {\n")
    await stage.say(COW)
    await stage.pilot.press("ctrl+f")
    await stage.opens(ErrorScreen)
    await stage.sees("the favourites are damaged")
    await stage.pilot.press("escape")
    await stage.opens(MainScreen)
    await stage.pilot.press("f6")
    await stage.opens(ErrorScreen)
    assert paths.favourites_file().read_text() == "[/b] {\n"
