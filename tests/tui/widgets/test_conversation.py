from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from jokebox.talk.turns import Turn, Word
from jokebox.tui.widgets.conversation import ConversationView
from tests.tui.stage import Host, answer, screen_text, until

WORDS = (Word(" not", 1.0, ()),)
TURN = Turn(0, None, "Why", True, 1, (), (), words=WORDS, ended="end-of-joke")
HELLO = "Start a joke, I finish it."


async def test_an_empty_talk_says_how_to_begin() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test() as pilot:
        await app.sees(HELLO)
        view.add("Why")
        await until(pilot, lambda: HELLO not in screen_text(app))
        view.settle((), ())
        await app.sees(HELLO)


async def test_the_turns_are_shown_as_they_are_and_prompts_that_wait_after_them() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test() as pilot:
        for prompt in ("Why", "What", "Who"):
            view.add(prompt)
        view.add("Where").add_class("-waiting")
        await until(pilot, lambda: all(turn.is_mounted for turn in view.turns))
        view.settle((TURN, replace(TURN, number=1, prompt="What")), ((0,), (1,)))
        texts = ["Why not", "What not", "Where"]
        await until(pilot, lambda: [answer(turn) for turn in view.turns] == texts)


async def test_the_turns_of_a_joke_are_together_and_apart_from_those_of_another() -> None:
    view = ConversationView()
    app = Host(view)
    opens = (True, False, False, True)
    turns = tuple(replace(TURN, number=i, opens_joke=opens) for i, opens in enumerate(opens))
    async with app.run_test():
        view.settle(turns, tuple((turn.number,) for turn in turns))
        await app.until(lambda: gaps(view) == [0, 0, 1])


def gaps(view: ConversationView) -> list[int]:
    """Return how many empty lines there are between the turns."""
    return [after.region.y - before.region.bottom for before, after in pairwise(view.turns)]


async def test_it_follows_the_end_until_the_user_scrolls_up() -> None:
    view = ConversationView()
    app = Host(view)
    async with app.run_test(size=(40, 10)) as pilot:
        for number in range(30):
            view.add(f"number {number}")
        await app.sees("number 29")
        view.scroll_home(animate=False)
        await app.sees("number 0")
        view.add("one more")
        await until(pilot, lambda: len(view.turns) == 31 and view.turns[-1].is_mounted)
        await app.sees("number 0")
