from __future__ import annotations

from dataclasses import replace

from textual.app import App, ComposeResult

from jokebox.conversation import Turn, Word
from jokebox.tui.widgets.conversation import ConversationView
from tests.tui.stage import answer, screen_text

TURN = Turn("Why", True, (Word(" not", 1.0),), "end-of-joke", 1, (), (), None)
HELLO = "Start a joke, I finish it."


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield ConversationView()

    @property
    def view(self) -> ConversationView:
        return self.query_one(ConversationView)


async def test_an_empty_talk_says_how_to_begin() -> None:
    app = Host()
    async with app.run_test() as pilot:
        assert HELLO in screen_text(app)
        app.view.add("Why")
        await pilot.pause()
        assert HELLO not in screen_text(app)
        app.view.settle(())
        await pilot.pause()
        assert HELLO in screen_text(app)


async def test_the_turns_are_shown_as_they_are_now_and_those_that_wait_stay_at_the_end() -> None:
    app = Host()
    async with app.run_test() as pilot:
        for prompt in ("Why", "What", "Who"):
            app.view.add(prompt)
        app.view.add("Where").add_class("-waiting")
        await pilot.pause()
        app.view.settle((TURN, replace(TURN, prompt="What")))
        await pilot.pause()
        assert [answer(view) for view in app.view.turns] == ["Why not", "What not", "Where"]


async def test_it_follows_the_end_until_the_user_scrolls_up() -> None:
    app = Host()
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(30):
            app.view.add(f"number {number}")
        await pilot.pause()
        assert "number 29" in screen_text(app)
        app.view.scroll_home(animate=False)
        await pilot.pause()
        app.view.add("one more")
        await pilot.pause()
        assert "number 0" in screen_text(app)
