from __future__ import annotations

from jokebox.tui.widgets.joke_list import JokeList
from tests.tui.stage import Host, screen_text

JOKES = [f"Joke number {number}, and a cow." for number in range(200_000)]


async def test_of_many_jokes_only_those_on_the_screen_are_drawn() -> None:
    jokes = JokeList()
    drawn: list[int] = []
    draw = jokes.render_line
    jokes.render_line = lambda y: (drawn.append(y), draw(y))[1]  # type: ignore[method-assign]
    app = Host(jokes)
    async with app.run_test(size=(40, 10)):
        jokes.show(JOKES, range(len(JOKES)), "cow")
        await app.sees("Joke number 0,")
        jokes.move(len(JOKES))
        await app.sees("Joke number 199999,")
        assert "Joke number 199980," not in screen_text(app)
        assert len(drawn) < 1000


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


async def test_a_line_marks_the_phrase_and_cannot_act_on_the_terminal() -> None:
    jokes = JokeList()
    app = Host(jokes)
    async with app.run_test(size=(40, 4)):
        jokes.show(["[/b] \x1b[2J A Cow"], [0], "cow")
        await app.sees("[/b] [2J A Cow")
        parts = jokes.render_line(0)
        assert [part.text for part in parts if part.style and part.style.underline] == ["Cow"]
