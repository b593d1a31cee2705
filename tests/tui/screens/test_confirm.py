from __future__ import annotations

import pytest

from jokebox.tui.screens.confirm import ConfirmScreen
from tests.tui.host import Host, host

QUESTION = "Remove [/foo] \x1b[2J [@click=app.quit]x[/]?"


def focused(stage: Host) -> str | None:
    return stage.app.focused.id if stage.app.focused is not None else None


@pytest.mark.parametrize(
    ("keys", "sure"),
    [
        (("enter",), False),
        (("escape",), False),
        (("tab", "escape"), False),
        (("shift+tab", "enter"), True),
    ],
)
async def test_only_the_button_that_says_so_confirms_and_it_is_not_the_first(
    keys: tuple[str, ...], sure: bool
) -> None:
    async with host(ConfirmScreen(QUESTION, "Remove it")) as stage:
        await stage.until(lambda: focused(stage) == "no")
        for key in keys:
            await stage.press(key)
            if key.endswith("tab"):
                await stage.until(lambda: focused(stage) == "yes")
        await stage.until(lambda: stage.answers == [sure])


@pytest.mark.parametrize("size", [(60, 16), (140, 45)])
async def test_the_question_shows_as_text_and_a_click_answers_it(size: tuple[int, int]) -> None:
    async with host(ConfirmScreen(QUESTION, "Remove it"), size) as stage:
        await stage.sees("Sure?", "Remove [/foo] [2J [@click=app.quit]x[/]?", "Remove it", "Cancel")
        await stage.click("#yes")
        await stage.until(lambda: stage.answers == [True])
