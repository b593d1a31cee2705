from __future__ import annotations

import pytest
from textual.widgets import Input

from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.widgets.note import Note
from tests.tui.host import host

TAKEN = "[/foo] has that name already."


def ask() -> AskScreen:
    return AskScreen("Which name?", "barn", lambda text: TAKEN if text == "farm" else "")


async def test_it_offers_a_text_that_typing_replaces() -> None:
    async with host(ask(), (60, 16)) as stage:
        await stage.sees("Which name?", "barn", "enter accepts, escape cancels")
        await stage.press(*"hen", "enter")
        await stage.until(lambda: stage.answers == ["hen"])


async def test_a_problem_is_shown_as_it_is_typed_and_not_accepted() -> None:
    async with host(ask()) as stage:
        await stage.sees("barn")
        line, note = stage.app.screen.query_one(Input), stage.app.screen.query_one(Note)
        room = note.region
        line.value = " farm "
        await stage.sees(TAKEN)
        assert note.region == room, "what is below does not move"
        await stage.press("enter")
        line.value = " hen "
        await stage.until(lambda: TAKEN not in stage.text())
        await stage.press("enter")
        await stage.until(lambda: stage.answers == ["hen"])


@pytest.mark.parametrize("value", ["barn", "farm"])
async def test_escape_cancels(value: str) -> None:
    async with host(ask()) as stage:
        stage.app.screen.query_one(Input).value = value
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])
