"""Talks that were kept: continued, searched, renamed, exported, removed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from jokebox.talk.archive import Archive
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.models import ModelsScreen
from jokebox.tui.screens.talks import TalksScreen
from tests.small import endless, shelve
from tests.tui.stage import Stage, answer, open_app

COW, OWL = "Why did the cow", "Why did the owl"


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Stage]:
    """Lead two talks, the second of which is on the screen."""
    monkeypatch.chdir(tmp_path)
    shelve("small", endless())
    async with open_app(size=(100, 30)) as stage:
        await stage.ready()
        await stage.say(COW)
        await stage.pilot.press("ctrl+n")
        await stage.settled(0)
        await stage.say(OWL)
        yield stage


async def open_talks(stage: Stage) -> TalksScreen:
    await stage.until(lambda: stage.possible("talks"))
    await stage.pilot.press("f5")
    await stage.opens(TalksScreen)
    await stage.sees("enter continues it", "Rename")
    screen = stage.app.screen
    assert isinstance(screen, TalksScreen)
    await stage.until(lambda: titles(screen))
    return screen


def titles(screen: TalksScreen) -> list[str]:
    options = screen.query_one(OptionList).options
    return [str(option.prompt).split("\n")[0] for option in options]


async def test_an_earlier_talk_continues_as_if_it_had_not_been_left(stage: Stage) -> None:
    await open_talks(stage)
    await stage.sees("on the screen", "1 joke, small")
    await stage.pilot.press("down", "enter")
    await stage.until(lambda: [turn.prompt for turn in stage.chat.turns] == [COW])
    await stage.settled(1)
    await stage.say("moon")
    continued = answer(stage.turns[-1])
    await stage.pilot.press("ctrl+n")
    await stage.settled(0)
    await stage.say(COW, "moon")
    assert answer(stage.turns[-1]) == continued


async def test_the_model_of_the_talk_comes_back_with_it(stage: Stage) -> None:
    shelve("other", endless(seed=2))
    await stage.pilot.press("f2")
    await stage.opens(ModelsScreen)
    await stage.sees("other")
    await stage.pilot.press("enter")
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
    await stage.until(lambda: [turn.prompt for turn in stage.chat.turns] == [COW])


async def test_a_talk_gets_a_title_of_the_users(stage: Stage) -> None:
    screen = await open_talks(stage)
    await stage.pilot.press("r")
    await stage.opens(AskScreen)
    await stage.fill("[/b] my [$x] owls")
    await stage.pilot.press("enter")
    await stage.until(lambda: titles(screen)[0] == "[/b] my [$x] owls")
    await stage.sees("[/b] my [$x] owls")


async def test_a_talk_is_removed_when_the_user_is_sure(stage: Stage) -> None:
    screen = await open_talks(stage)
    await stage.pilot.press("down", "d")
    await stage.opens(ConfirmScreen)
    await stage.pilot.press("escape")
    await stage.opens(TalksScreen)
    assert len(Archive().talks()) == 2
    await stage.pilot.press("d")
    await stage.opens(ConfirmScreen)
    await stage.click("#yes")
    await stage.until(lambda: len(titles(screen)) == 1)
    assert len(Archive().talks()) == 1


async def test_the_talk_on_the_screen_is_not_removed(stage: Stage) -> None:
    await open_talks(stage)
    await stage.pilot.press("d")
    await stage.opens(ConfirmScreen)
    await stage.click("#yes")
    await stage.opens(ErrorScreen)
    await stage.sees("Begin a new talk")
    assert len(Archive().talks()) == 2


async def test_a_talk_is_exported(stage: Stage) -> None:
    await open_talks(stage)
    await stage.pilot.press("e")
    await stage.opens(AskScreen)
    await stage.fill("talk.md")
    await stage.pilot.press("enter")
    await stage.until(Path("talk.md").exists)
    assert f"**{OWL}**" in Path("talk.md").read_text()


@pytest.mark.parametrize(("suffix", "holds"), [(".html", 'class="row'), (".svg", "</svg>")])
async def test_a_talk_is_exported_as_a_page_or_a_card(
    stage: Stage, suffix: str, holds: str
) -> None:
    await open_talks(stage)
    await stage.pilot.press("e")
    await stage.opens(AskScreen)
    await stage.fill(f"talk{suffix}")
    await stage.pilot.press("enter")
    await stage.until(Path(f"talk{suffix}").exists)
    assert holds in Path(f"talk{suffix}").read_text("utf-8")


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
    await stage.opens(ErrorScreen)
    assert [turn.prompt for turn in stage.chat.turns] == [OWL]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_before_anything_was_said_there_is_nothing_to_open(size: tuple[int, int]) -> None:
    shelve("small", endless())
    async with open_app(size=size) as stage:
        await stage.ready()
        await stage.pilot.press("f5")
        await stage.sees("Nothing was said yet.")
        await stage.pilot.press("enter", "r", "d", "e")
        assert isinstance(stage.app.screen, TalksScreen)
        await stage.pilot.press("escape")
        await stage.opens(MainScreen)
