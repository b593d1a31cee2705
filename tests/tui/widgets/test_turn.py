from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.conversation import Turn, Word
from jokebox.lm.novelty import Copied
from jokebox.tui.widgets.turn import TurnView
from tests.tui.stage import Host, answer

TURN = Turn(
    number=0,
    parent=None,
    prompt="Why did [/foo]",
    opens=True,
    seed=1,
    skipped=(),
    prompt_ids=(),
    words=(Word(" the", 1.0, ()), Word(" cow", 2.0, ())),
    ended="end-of-joke",
)


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
    view = TurnView(turn.prompt)
    app = Host(view)
    async with app.run_test() as pilot:
        view.restart()
        view.finish(turn, (0,), last=True)
        await pilot.pause()
        assert answer(view).startswith(shown)
        await app.sees(shown)


async def test_words_are_added_behind_the_prompt() -> None:
    view = TurnView("Why", waiting="waits")
    app = Host(view)
    async with app.run_test():
        assert answer(view) == "Why waits"
        view.restart()
        for word in (" did", " [/b]", "?"):
            view.append(Word(word, 1.0, ()))
        assert answer(view) == "Why did [/b]?▌"


async def test_an_answer_without_a_prompt_begins_at_the_edge() -> None:
    view = TurnView("")
    app = Host(view)
    async with app.run_test():
        view.restart()
        view.append(Word(" Why", 1.0, ()))
        assert answer(view) == "Why▌"


async def test_a_turn_that_goes_on_in_the_joke_stands_close_to_it() -> None:
    view = TurnView("moon")
    app = Host(view)
    async with app.run_test():
        for opens in (False, True):
            view.finish(replace(TURN, opens=opens), (0,), last=True)
            assert view.has_class("-continues") is not opens
