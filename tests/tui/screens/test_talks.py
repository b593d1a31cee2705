"""Archive that are kept while one talks, and gone on with later."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from jokebox.settings import Settings, save_settings
from jokebox.talk.archive import Archive
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.talks import TalksScreen
from tests.tui.stage import Stage, answer, endless, open_app, shelve

COW, OWL = "Why did the cow", "Why did the owl"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    """Two talks, the second on the screen; the same words after the same state."""
    monkeypatch.chdir(tmp_path)
    save_settings(Settings(words_per_second=0, word_limit=5, seed=1))
    shelve("small", endless())
    async with open_app(size=(100, 30)) as stage:
        await stage.ready()
        await stage.say(COW)
        await stage.pilot.press("ctrl+n")
        await stage.settled(0)
        await stage.say(OWL)
        yield stage


async def open_talks(stage: Stage) -> TalksScreen:
    await stage.pilot.press("f5")
    await stage.sees("enter continues it", "Rename")
    screen = stage.app.screen
    assert isinstance(screen, TalksScreen)
    await stage.until(lambda: titles(screen))
    return screen


def titles(screen: TalksScreen) -> list[str]:
    options = screen.query_one(OptionList).options
    return [str(option.prompt).split("\n")[0] for option in options]


async def test_an_earlier_talk_is_gone_on_with_as_if_never_left(stage: Stage) -> None:
    await open_talks(stage)
    await stage.sees("on the screen", "1 joke, small")
    await stage.pilot.press("down", "enter")
    await stage.until(lambda: stage.turns and stage.turns[0].prompt == COW)
    await stage.until(lambda: stage.chat.idle)
    await stage.say("moon")
    told = answer(stage.turns[-1])
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    await stage.say(COW, "moon")
    assert answer(stage.turns[-1]) == told


async def test_the_model_of_the_talk_comes_back_with_it(stage: Stage) -> None:
    shelve("other", endless(seed=2))
    await stage.pilot.press("f2", "enter")
    await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "other")
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    await open_talks(stage)
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "small")
    assert [view.prompt for view in stage.turns] == [OWL]


async def test_talks_are_searched_while_typing(stage: Stage) -> None:
    screen = await open_talks(stage)
    await stage.pilot.press("slash", *"cow")
    await stage.until(lambda: len(titles(screen)) == 1)
    assert titles(screen)[0].startswith(COW)
    await stage.pilot.press(*"zebra")
    await stage.sees("No talk has these words.")
    screen.query_one("#search", Input).value = "cow"
    await stage.until(lambda: titles(screen))
    await stage.pilot.press("enter")
    await stage.until(lambda: stage.turns[0].prompt == COW)


async def test_a_talk_gets_a_title_of_the_users(stage: Stage) -> None:
    screen = await open_talks(stage)
    await stage.pilot.press("r")
    await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
    stage.app.screen.query_one(Input).value = "[/b] my [$x] owls"
    await stage.pilot.press("enter")
    await stage.until(lambda: titles(screen)[0] == "[/b] my [$x] owls")
    await stage.sees("[/b] my [$x] owls")


async def test_a_talk_is_removed_when_the_user_is_sure(stage: Stage) -> None:
    screen = await open_talks(stage)
    await stage.pilot.press("down", "d")
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.pilot.press("escape")
    assert len(Archive().talks()) == 2
    await stage.pilot.press("d")
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.click("#yes")
    await stage.until(lambda: len(titles(screen)) == 1)
    assert len(Archive().talks()) == 1


async def test_the_talk_on_the_screen_is_not_removed(stage: Stage) -> None:
    await open_talks(stage)
    await stage.pilot.press("d")
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.click("#yes")
    await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
    await stage.sees("Begin a new talk")
    assert len(Archive().talks()) == 2


async def export(stage: Stage, name: str) -> None:
    await stage.pilot.press("e")
    await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
    stage.app.screen.query_one(Input).value = name
    await stage.pilot.press("enter")


async def test_a_talk_is_exported_and_never_over_a_file_in_silence(stage: Stage) -> None:
    screen = await open_talks(stage)
    path = Path("talk.md")
    await export(stage, "talk.md")
    await stage.until(path.exists)
    assert f"**{OWL}**" in path.read_text()
    path.write_text("mine")
    await stage.until(lambda: stage.app.screen is screen)
    await export(stage, "talk.md")
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.pilot.press("escape")
    assert path.read_text() == "mine"
    await export(stage, "talk.md")
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.click("#yes")
    await stage.until(lambda: path.read_text() != "mine")


async def test_an_export_says_what_is_wrong_with_its_file(stage: Stage) -> None:
    await open_talks(stage)
    for name, problem in {
        "talk.doc": "End it in .md",
        "": "End it in .md",
        "no/such/folder/a.md": "no such folder",
        "a\0.md": "cannot be the name",
        "~no-such-user/a.md": "cannot be the name",
        "a" * 300 + ".md": "cannot be the name",
    }.items():
        await export(stage, name)
        await stage.sees(problem)
        await stage.pilot.press("escape")


async def test_a_damaged_talk_is_shown_as_such_and_not_opened(stage: Stage) -> None:
    path = max(Archive().directory.glob("*.jsonl"))
    damaged = path.with_name("older.jsonl")
    damaged.write_bytes(b"[/b]\n" + path.read_bytes())
    os.utime(damaged, (1, 1))
    screen = await open_talks(stage)
    await stage.until(lambda: len(titles(screen)) == 3)
    await stage.sees("a talk is damaged")
    await stage.pilot.press("end", "r")
    assert stage.app.screen is screen
    await stage.pilot.press("enter")
    await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
    assert [view.prompt for view in stage.turns] == [OWL]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_before_anything_was_said_there_is_nothing_to_open(size: tuple[int, int]) -> None:
    shelve("small", endless())
    async with open_app(size=size) as stage:
        await stage.ready()
        await stage.pilot.press("f5")
        await stage.sees("Nothing was said yet.")
        await stage.pilot.press("enter", "r", "d", "e", "escape")
        assert isinstance(stage.app.screen, MainScreen)
