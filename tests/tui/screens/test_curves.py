from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.library import Library
from jokebox.lm.history import History
from jokebox.tui.screens.curves import CurvesScreen
from tests import small
from tests.tui.host import host

CURVE = ((0, 4.0), (20, 3.0), (40, 2.5))


@pytest.fixture
def library() -> Library:
    history = History("Why", ((40, 2.7),), CURVE, ())
    for name, corpus in (("zoo", small.corpus(50)), ("barn", None), ("farm", None)):
        small.shelve(name, replace(small.untrained(corpus), history=history, seconds=80.0))
    return Library()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_curves_lie_over_one_another_with_what_needs_no_network(
    library: Library, size: tuple[int, int]
) -> None:
    async with host(CurvesScreen(library, ["farm", "barn"]), size) as stage:
        await stage.sees("word frequencies", "A  farm", "B  barn", "-  zoo", "best 2.500")
        if size[1] > 16:
            await stage.sees("word 3-gram", "compressor")


async def test_they_are_drawn_by_steps_or_by_time(library: Library) -> None:
    async with host(CurvesScreen(library)) as stage:
        await stage.sees("by steps", "40")
        await stage.press("t")
        await stage.sees("by time", "1:20")


async def test_runs_scored_on_other_jokes_are_not_drawn_and_named(library: Library) -> None:
    async with host(CurvesScreen(library, ["farm", "zoo"])) as stage:
        await stage.sees("≠ zoo: scored on other jokes than farm", "≠  zoo", "A  farm")
        await stage.press("home", "space")  # without the first one, the other has its place
        await stage.sees("A  zoo", "-  farm")


async def test_without_a_scored_model_it_says_so() -> None:
    async with host(CurvesScreen(Library())) as stage:
        await stage.sees("No model was scored yet.")
        await stage.press("space", "t", "escape")
        await stage.until(lambda: stage.answers == [None])
