from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Paste

from jokebox.tui.widgets.prompt import GO_ON, SPEAKING, START, Prompt


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Prompt()


@pytest.mark.parametrize(
    ("in_joke", "speaking", "says"),
    [(False, False, START), (True, False, GO_ON), (False, True, SPEAKING), (True, True, SPEAKING)],
)
async def test_it_says_what_enter_will_do(in_joke: bool, speaking: bool, says: str) -> None:
    app = Host()
    async with app.run_test():
        prompt = app.query_one(Prompt)
        prompt.expect(in_joke=in_joke, speaking=speaking)
        assert prompt.placeholder == says


async def test_what_is_pasted_is_made_harmless() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.query_one(Prompt)
        prompt.value = "Why not?"
        prompt.cursor_position = 4
        prompt.post_message(Paste("\x1b[31mdid\x9b\u202e [/foo]\tthe\nowl"))
        await pilot.pause()
        assert prompt.value == "Why [31mdid [/foo] thenot?"
