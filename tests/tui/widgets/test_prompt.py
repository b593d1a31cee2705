from __future__ import annotations

import pytest
from textual.events import Paste

from jokebox.tui.widgets.prompt import ANSWERING, CONTINUE, START, Prompt
from tests.tui.stage import Host


@pytest.mark.parametrize(
    ("in_joke", "answering", "shown"),
    [
        (False, False, START),
        (True, False, CONTINUE),
        (False, True, ANSWERING),
        (True, True, ANSWERING),
    ],
)
async def test_it_shows_what_enter_will_do(in_joke: bool, answering: bool, shown: str) -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test():
        prompt.expect(in_joke=in_joke, answering=answering)
        assert prompt.placeholder == shown


async def test_what_is_pasted_is_made_harmless() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        prompt.value = "Why not?"
        prompt.cursor_position = 4
        prompt.post_message(Paste("\x1b[31mdid\x9b\u202e [/foo]\tthe\nowl"))
        await pilot.pause()
        assert prompt.value == "Why [31mdid [/foo] the owlnot?"
