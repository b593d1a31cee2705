"""Walking through earlier prompts, and pasting."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Paste

from jokebox.talk.prompts import PromptHistory
from jokebox.tui.widgets.prompt import Prompt


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Prompt()


async def test_up_and_down_walk_the_prompts_of_all_runs_and_keep_the_draft() -> None:
    PromptHistory().add("of an earlier run")
    async with Host().run_test() as pilot:
        prompt = pilot.app.query_one(Prompt)
        await pilot.press(*"new", "enter")
        prompt.value = "draft"
        await pilot.press("up", "up")
        assert prompt.value == "of an earlier run"
        assert prompt.cursor_position == len(prompt.value)
        await pilot.press("down", "down", "down")
        assert prompt.value == "draft"
    assert PromptHistory().move(-1, "") == "new"


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("Why did\r\n\r\nthe cow\n", "so Why did the cow"),
        ("a\x1b[31m\u202e\ttab", "so a[31m tab"),
        ("", "so "),
    ],
)
async def test_what_is_pasted_becomes_one_line(pasted: str, shown: str) -> None:
    async with Host().run_test() as pilot:
        prompt = pilot.app.query_one(Prompt)
        prompt.value = "so "
        prompt.post_message(Paste(pasted))
        await pilot.pause()
        assert prompt.value == shown


async def test_what_is_pasted_takes_the_place_of_what_is_selected() -> None:
    async with Host().run_test() as pilot:
        prompt = pilot.app.query_one(Prompt)
        prompt.value = "cow"
        prompt.select_all()
        prompt.post_message(Paste("owl\nowl"))
        await pilot.pause()
        assert prompt.value == "owl owl"
