from __future__ import annotations

import pytest

from jokebox.talk.prompts import PromptHistory
from jokebox.talk.turns import Turn
from jokebox.tui.widgets.prompt import ANSWERING, CONTINUE, EDITING, START, YOUR_TURN, Prompt
from tests.tui.stage import Host

TURN = Turn(0, None, "Why did the cow", True, 1, (), ())


@pytest.mark.parametrize(
    ("in_joke", "answering", "take_turns", "shown"),
    [
        (False, False, False, START),
        (True, False, False, CONTINUE),
        (False, True, False, ANSWERING),
        (True, True, False, ANSWERING),
        (False, False, True, START),
        (True, False, True, YOUR_TURN),
        (True, True, True, ANSWERING),
    ],
)
async def test_it_shows_what_enter_will_do(
    in_joke: bool, answering: bool, take_turns: bool, shown: str
) -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test():
        prompt.expect(in_joke=in_joke, answering=answering, take_turns=take_turns)
        assert prompt.placeholder == shown


async def test_up_and_down_walk_the_prompts_of_all_runs_and_keep_the_draft() -> None:
    PromptHistory().add("of an earlier run")
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        await app.until(lambda: prompt.has_focus)
        await pilot.press(*"new", "enter")
        await app.until(lambda: PromptHistory().move(-1, "") == "new")
        prompt.value = "draft"
        await pilot.press("up", "up")
        await app.until(lambda: prompt.value == "of an earlier run")
        assert prompt.cursor_position == len(prompt.value)
        await pilot.press("down", "down", "down")
        await app.until(lambda: prompt.value == "draft")


async def test_a_prompt_is_edited_and_left_unchanged() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test():
        prompt.edit(TURN)
        assert (prompt.value, prompt.placeholder) == (TURN.prompt, EDITING)
        prompt.leave()
        assert (prompt.value, prompt.placeholder) == ("", START)
        prompt.value = "mine"
        prompt.leave()
        assert prompt.value == "mine", "it was not being edited"


async def test_enter_is_understood_as_a_terminal_sends_it_before_it_is_set_up() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        prompt.value = "Why"
        await pilot.press("ctrl+j")
        await app.until(lambda: [sent.value for sent in app.posted(Prompt.Submitted)] == ["Why"])
