from __future__ import annotations

import pytest

from jokebox.talk.prompts import PromptHistory
from jokebox.tui.screens.prompts import NONE, NOT_FOUND, PromptsScreen
from tests.small import endless, shelve
from tests.tui.host import host
from tests.tui.stage import open_app

PROMPTS = ("Why did the cow", "What is [/b]", "Why did the owl")


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["enter"], PROMPTS[0]),
        (["down", "down", "down", "up", "enter"], PROMPTS[1]),
        ([*"DID owl", "enter"], PROMPTS[2]),
        (["escape"], None),
    ],
)
async def test_a_prompt_is_found_by_its_words_and_chosen(
    keys: list[str], chosen: str | None
) -> None:
    async with host(PromptsScreen(PROMPTS)) as stage:
        await stage.sees(*PROMPTS)
        await stage.press(*keys)
        await stage.until(lambda: stage.answers == [chosen])


async def test_it_says_that_nothing_was_found_or_typed() -> None:
    async with host(PromptsScreen(PROMPTS)) as stage:
        await stage.press(*"zebra", "enter")
        await stage.sees(NOT_FOUND)
        assert stage.answers == []
    async with host(PromptsScreen(())) as stage:
        await stage.sees(NONE)


async def test_the_chosen_prompt_lands_in_the_prompt_to_be_changed() -> None:
    for text in ("Why did the owl", "Why did the cow"):
        PromptHistory().add(text)
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        stage.main.action_prompts()
        await stage.opens(PromptsScreen)
        await stage.pilot.press("down", "enter")
        await stage.until(lambda: stage.prompt.value == "Why did the owl")
        await stage.until(lambda: stage.prompt.has_focus)
        await stage.pilot.press("s")
        assert stage.prompt.value == "Why did the owls"
