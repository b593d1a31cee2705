from __future__ import annotations

import numpy as np

from jokebox.lm.lens import Trace, Unit
from jokebox.tui.widgets.excited_jokes import ExcitedJokes, excerpt
from tests.tui.stage import Host

UNIT = Unit(0, 0)


def joke(*words: str, peak: int) -> Trace:
    memory = np.zeros((len(words), 1, 2), np.float16)
    memory[peak, 0, 0] = 0.9
    return Trace(words, memory)


def test_a_short_joke_is_shown_whole_and_its_highest_word_stands_out() -> None:
    text = excerpt(joke(" Why", " [/cow]", "?", peak=1), UNIT)
    assert text.plain == "▪ Why [/cow]?"
    assert [text.plain[s.start : s.end] for s in text.spans if "underline" in str(s.style)] == [
        "[/cow]"
    ]


def test_of_a_long_joke_only_what_is_around_its_highest_word_is_shown() -> None:
    words = [f" w{number}" for number in range(100)]
    text = excerpt(joke(*words, peak=50), UNIT).plain
    assert text.startswith("▪ …w28 w29")
    assert text.endswith("w56 w57…")


async def test_the_jokes_are_shown_below_each_other() -> None:
    jokes = ExcitedJokes()
    app = Host(jokes)
    async with app.run_test(size=(40, 8)):
        jokes.show("54", UNIT, [joke(" A", " cow", peak=1), joke(" A", " duck", peak=0)])
        await app.sees("in which 54 is highest", "▪ A cow\n", "▪ A duck")
