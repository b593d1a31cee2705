"""Jokes that are marked, copied and taken along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from jokebox import paths
from jokebox.talk.favourites import Favourites
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.favourites import FavouritesScreen
from jokebox.tui.widgets.turn import HEART
from tests.tui.stage import Stage, answer, endless, open_app, shelve

COW, OWL = "Why did the cow", "Why did the owl"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    monkeypatch.chdir(tmp_path)
    shelve("small", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        yield stage


async def mark(stage: Stage, *prompts: str) -> None:
    for number, prompt in enumerate(prompts, 1):
        await stage.pilot.press("ctrl+n")
        await stage.settled(0)
        await stage.say(prompt)
        await stage.pilot.press("ctrl+f")
        await stage.until(partial(is_marked, number))


def is_marked(number: int) -> bool:
    return len(Favourites().jokes()) == number


async def open_favourites(stage: Stage) -> FavouritesScreen:
    await stage.pilot.press("f6")
    await stage.sees("enter copies it")
    screen = stage.app.screen
    assert isinstance(screen, FavouritesScreen)
    return screen


async def test_the_last_joke_is_marked_and_unmarked(stage: Stage) -> None:
    assert not stage.possible("mark")
    await mark(stage, COW)
    (joke,) = Favourites().jokes()
    assert joke.text == stage.chat.turns[-1].joke
    assert joke.model == "small"
    await stage.pilot.press("ctrl+f")
    await stage.until(lambda: not Favourites().jokes())


async def test_a_joke_over_many_turns_is_marked_as_far_as_the_chosen_turn(stage: Stage) -> None:
    await stage.say(COW, "moon")
    await stage.pilot.press("ctrl+f")
    await stage.until(partial(is_marked, 1))
    await stage.pilot.press("shift+tab", "up", "f")
    await stage.until(partial(is_marked, 2))
    assert [view.is_favourite for view in stage.turns] == [True, True]
    whole, half = Favourites().jokes()
    assert whole.prompt == half.prompt == COW
    assert whole.text.startswith(f"{half.text} moon")


async def test_a_mark_is_seen_on_its_turn_and_taken_by_a_click(stage: Stage) -> None:
    await stage.say(COW, OWL)
    await stage.pilot.press("shift+tab", "up", "f")
    await stage.until(lambda: HEART in answer(stage.turns[0]))
    assert HEART not in answer(stage.turns[1])
    await stage.sees("copy   remove favourite   again")
    await stage.click(".deeds", (8, 0))
    await stage.until(lambda: HEART not in stage.text())
    assert not Favourites().jokes()


async def test_a_reopened_talk_shows_its_marks(stage: Stage) -> None:
    await mark(stage, COW)
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    assert HEART not in stage.text()
    await stage.pilot.press("f5")
    await stage.sees("enter continues it", COW)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.turns and HEART in answer(stage.turns[0]))


async def test_an_answer_that_is_told_anew_shows_no_mark_of_the_one_before(stage: Stage) -> None:
    await mark(stage, COW)
    await stage.pilot.press("ctrl+g")
    await stage.until(lambda: stage.chat.idle and HEART not in stage.text())
    await stage.pilot.press("shift+tab", "left_square_bracket")
    await stage.until(lambda: HEART in answer(stage.turns[0]))


async def test_marked_jokes_are_shown_copied_and_unmarked(stage: Stage) -> None:
    await mark(stage, COW, OWL)
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
    assert not screen.query_one(OptionList).display
    await stage.pilot.press("c", "d", "e", "enter")
    assert stage.app.screen is screen
    await stage.pilot.press("escape")
    await stage.until(lambda: HEART not in stage.text())


async def test_they_are_exported(stage: Stage) -> None:
    await mark(stage, COW)
    await open_favourites(stage)
    await stage.pilot.press("e")
    await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
    stage.app.screen.query_one(Input).value = "jokes.txt"
    await stage.pilot.press("enter")
    await stage.until(Path("jokes.txt").exists)
    assert Path("jokes.txt").read_text() == Favourites().jokes()[0].text + "\n"


async def test_a_damaged_file_is_told_and_left_as_it_is(stage: Stage) -> None:
    paths.favourites_file().write_text("[/b] {\n")
    await stage.say(COW)
    await stage.pilot.press("ctrl+f")
    await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
    await stage.sees("the favourites are damaged")
    await stage.pilot.press("escape", "f6")
    await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
    assert paths.favourites_file().read_text() == "[/b] {\n"
