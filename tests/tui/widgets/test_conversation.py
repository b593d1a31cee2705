from __future__ import annotations

from dataclasses import replace

from jokebox.conversation import Turn, Word
from jokebox.tui.widgets.conversation import ConversationView
from tests.tui.stage import Host, answer, screen_text

WORDS = (Word(" not", 1.0, ()),)
TURN = Turn(0, None, "Why", True, 1, (), (), words=WORDS, ended="end-of-joke")
HELLO = "Start a joke, I finish it."


async def test_an_empty_talk_says_how_to_begin() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test() as pilot:
        assert HELLO in screen_text(app)
        view.add("Why")
        await pilot.pause()
        assert HELLO not in screen_text(app)
        view.settle((), ())
        await pilot.pause()
        assert HELLO in screen_text(app)


async def test_the_turns_are_shown_as_they_are_now_and_those_that_wait_stay_at_the_end() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test() as pilot:
        for prompt in ("Why", "What", "Who"):
            view.add(prompt)
        view.add("Where").add_class("-waiting")
        await pilot.pause()
        view.settle((TURN, replace(TURN, number=1, prompt="What")), ((0,), (1,)))
        await pilot.pause()
        assert [answer(turn) for turn in view.turns] == ["Why not", "What not", "Where"]


async def test_it_follows_the_end_until_the_user_scrolls_up() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(30):
            view.add(f"number {number}")
        await pilot.pause()
        assert "number 29" in screen_text(app)
        view.scroll_home(animate=False)
        await pilot.pause()
        view.add("one more")
        await pilot.pause()
        assert "number 0" in screen_text(app)
