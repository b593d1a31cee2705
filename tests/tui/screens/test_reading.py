from __future__ import annotations

import threading

import pytest

from jokebox.errors import ModelError
from jokebox.lm.search import Found
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.screens.reading import ReadingScreen, in_words
from tests import small
from tests.tui.host import host

JOKES = small.jokes()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_jokes_are_found_by_a_phrase_and_counted(size: tuple[int, int]) -> None:
    async with host(ReadingScreen("What farm learnt from", lambda: JOKES), size) as stage:
        await stage.sees("What farm learnt from", "60 jokes", JOKES[0][:30])
        await stage.fill("the OWL")
        await stage.sees("12 of 60 jokes, 20 %", "Why did the owl cross the road?")
        assert JOKES[0][:30] not in stage.text()
        await stage.fill("zebra")
        await stage.sees("No joke has that.")


async def test_the_chosen_joke_stands_below_in_full() -> None:
    long = "A word " * 30 + "and the end of it."
    async with host(ReadingScreen("Jokes", lambda: [JOKES[0], long]), (80, 24)) as stage:
        await stage.sees("2 jokes")
        assert "and the end of it." not in stage.text()
        await stage.press("down")
        await stage.sees("and the end of it.")
        await stage.press("pageup")
        await stage.until(lambda: "and the end of it." not in stage.text())


async def test_while_the_jokes_are_read_it_can_be_closed() -> None:
    read = threading.Event()
    screen = ReadingScreen("Jokes", lambda: JOKES if read.wait(60) else [])
    async with host(screen) as stage:
        await stage.sees("Reading the jokes …")
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])
        read.set()


async def test_jokes_that_cannot_be_read_are_reported() -> None:
    def fail() -> list[str]:
        raise ModelError("no such model", "farm")

    async with host(ReadingScreen("Jokes", fail)) as stage:
        await stage.until(lambda: any(isinstance(m, TaskFailed) for m in stage.app.posted))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Found(range(2000), 0), "2,000 jokes"),
        (Found([4], 1), "1 of 2,000 jokes, 0.05 %"),
        (Found(range(1000), 1234), "1,000 of 2,000 jokes, 50 %; 1,234 times"),
        (Found([], 0), "No joke has that."),
    ],
)
def test_what_was_found_is_said_in_words(found: Found, words: str) -> None:
    assert in_words(found, 2000) == words
