from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from jokebox.conversation import Turn, Word
from jokebox.lm.evaluation import Copied
from jokebox.tui.widgets.turn import TurnView
from tests.tui.stage import answer, screen_text

TURN = Turn(
    prompt="Why did [/foo]",
    opens=True,
    words=(Word(" the", 1.0), Word(" cow", 2.0)),
    ended="end-of-joke",
    seed=1,
    skipped=(),
    ids=(),
    before=None,
)


class Host(App[None]):
    def __init__(self, view: TurnView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


@pytest.mark.parametrize(
    ("turn", "shown"),
    [
        (TURN, "Why did [/foo] the cow"),
        (replace(TURN, ended="limit"), "Why did [/foo] the cow …"),
        (replace(TURN, ended="stopped"), "Why did [/foo] the cow …"),
        (replace(TURN, copied=Copied(True, 5, "")), "Why did [/foo] the cow   ↺ word for word"),
        (replace(TURN, copied=Copied(False, 2, "")), "Why did [/foo] the cow"),
        (replace(TURN, skipped=("[/z]",)), "Why did [/foo] the cow   (it does not know [/z])"),
    ],
)
async def test_a_finished_turn_is_shown_with_what_there_is_to_say(turn: Turn, shown: str) -> None:
    app = Host(TurnView(turn.prompt))
    async with app.run_test() as pilot:
        app.view.begin()
        app.view.finish(turn)
        await pilot.pause()
        assert answer(app.view).startswith(shown)
        assert shown in screen_text(app)


async def test_words_are_added_behind_the_prompt() -> None:
    app = Host(TurnView("Why", waiting="waits"))
    async with app.run_test():
        assert answer(app.view) == "Why waits"
        app.view.begin()
        for word in (" did", " [/b]", "?"):
            app.view.append(word)
        assert answer(app.view) == "Why did [/b]?▌"


async def test_an_answer_without_a_prompt_begins_at_the_edge() -> None:
    app = Host(TurnView(""))
    async with app.run_test():
        app.view.begin()
        app.view.append(" Why")
        assert answer(app.view) == "Why▌"


async def test_a_turn_that_goes_on_in_the_joke_stands_close_to_it() -> None:
    app = Host(TurnView("moon"))
    async with app.run_test():
        for opens in (False, True):
            app.view.finish(replace(TURN, opens=opens))
            assert app.view.has_class("-continues") is not opens
