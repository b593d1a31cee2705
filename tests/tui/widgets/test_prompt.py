from __future__ import annotations

import pytest
from textual.events import Paste

from jokebox.tui.widgets.prompt import GO_ON, SPEAKING, START, Prompt
from tests.tui.stage import Host


@pytest.mark.parametrize(
    ("in_joke", "speaking", "says"),
    [(False, False, START), (True, False, GO_ON), (False, True, SPEAKING), (True, True, SPEAKING)],
)
async def test_it_says_what_enter_will_do(in_joke: bool, speaking: bool, says: str) -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test():
        prompt.expect(in_joke=in_joke, speaking=speaking)
        assert prompt.placeholder == says


async def test_what_is_pasted_is_made_harmless() -> None:
    prompt = Prompt()
    app = Host(prompt)
    async with app.run_test() as pilot:
        prompt.value = "Why not?"
        prompt.cursor_position = 4
        prompt.post_message(Paste("\x1b[31mdid\x9b\u202e [/foo]\tthe\nowl"))
        await pilot.pause()
        assert prompt.value == "Why [31mdid [/foo] the owlnot?"
