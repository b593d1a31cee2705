from __future__ import annotations

from unittest.mock import Mock

from jokebox.tui.widgets.joke_list import JokeList, around
from tests.tui.stage import Host, screen_text

JOKES = [f"Joke number {number}, and a cow." for number in range(200_000)]


async def test_of_many_jokes_only_those_on_the_screen_are_drawn() -> None:
    jokes = JokeList()
    app = Host(jokes)
    async with app.run_test(size=(40, 10)):
        drawn = Mock(side_effect=jokes.render_line)
        jokes.render_line = drawn  # type: ignore[method-assign]
        jokes.show(JOKES, range(len(JOKES)), "cow")
        await app.sees("Joke number 0,")
        jokes.move(len(JOKES))
        await app.sees("Joke number 199999,")
        assert "Joke number 199980," not in screen_text(app)
        assert drawn.call_count < 1000


async def test_a_joke_is_chosen_by_moving_or_by_a_click() -> None:
    jokes = JokeList()
    app = Host(jokes)
    async with app.run_test(size=(20, 10)) as pilot:
        jokes.show(JOKES, [5, 7, 9], "")
        await app.sees("Joke number 5, and …", "Joke number 9")
        assert jokes.chosen == JOKES[5]
        jokes.move(1)
        assert jokes.chosen == JOKES[7]
        jokes.move(5)
        assert jokes.chosen == JOKES[9], "there is none behind the last"
        await pilot.click(jokes, offset=(2, 0))
        assert jokes.chosen == JOKES[5]
        jokes.show(JOKES, [], "zebra")
        assert jokes.chosen is None


def test_a_joke_is_shown_from_where_its_phrase_is_in_sight() -> None:
    joke = "My grandma sent me a text with no words, just forty hearts and a chicken."
    assert around(joke, "text", 40) == joke[:41]
    assert around(joke, "zebra", 40) == joke[:41]
    assert around(joke, "chicken", 40) == "…hearts and a chicken."


async def test_a_line_marks_the_phrase_and_cannot_act_on_the_terminal() -> None:
    jokes = JokeList()
    app = Host(jokes)
    async with app.run_test(size=(40, 4)):
        jokes.show(["[/b] \x1b[2J A Cow"], [0], "cow")
        await app.sees("[/b] [2J A Cow")
        parts = jokes.render_line(0)
        assert [part.text for part in parts if part.style and part.style.underline] == ["Cow"]
