from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input, Select

from jokebox import paths
from jokebox.library import Library
from jokebox.lm.config import Manner
from jokebox.snapshots import take_snapshot
from jokebox.tui.screens.compare import CompareScreen
from jokebox.tui.screens.curves import CurvesScreen
from tests import small
from tests.tui.host import Host, host

BRIEF = Manner(word_limit=6, drafts=1)
FARM = ((("farm", None), (None, None)), "Why did the cow")


@pytest.fixture
def library() -> Library:
    small.shelve("barn", replace(small.untrained(), validation_bits_per_byte=3.25))
    farm = small.shelve("farm", small.fluent())
    take_snapshot(paths.models_dir() / "farm", replace(farm, step=0))
    return Library()


def answer(stage: Host, side: str) -> str:
    return str(stage.app.screen.query_one(f"#answer-{side}").render())


async def told(stage: Host) -> None:
    """Wait until both have told all of their answers, and these are on the screen."""
    screen = stage.app.screen
    assert isinstance(screen, CompareScreen)
    await stage.until(lambda: all(turn and turn.joke for turn in screen._turns))
    await stage.pilot.pause()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_two_models_answer_side_by_side(library: Library, size: tuple[int, int]) -> None:
    async with host(CompareScreen(library, BRIEF, *FARM), size) as stage:
        await told(stage)
        for side in "ab":
            assert answer(stage, side).startswith("Why did the cow")
        await stage.sees("words differ", "2.500 bits/byte", "3.250 bits/byte", "Next seed")


async def test_words_that_the_other_one_has_not_are_underlined(library: Library) -> None:
    async with host(CompareScreen(library, BRIEF, *FARM)) as stage:
        await told(stage)
        content = stage.app.screen.query_one("#answer-a").render()
        marked = [span for span in content.spans if "underline" in str(span.style)]  # type: ignore[union-attr]
        assert marked


async def test_a_snapshot_of_the_same_weights_says_the_same_with_the_same_seed(
    library: Library,
) -> None:
    sides = (("farm", None), ("farm", 0))
    async with host(CompareScreen(library, BRIEF, sides, "Why did the cow")) as stage:
        await told(stage)
        assert answer(stage, "a") == answer(stage, "b")
        await stage.sees("0 of", "3.500 bits/byte")


async def test_the_next_seed_and_another_prompt_tell_something_else(library: Library) -> None:
    async with host(CompareScreen(library, BRIEF, *FARM)) as stage:
        await told(stage)
        before = answer(stage, "b")
        await stage.press("n")
        await stage.until(lambda: stage.app.screen.query_one("#seed-both", Input).value == "2")
        await stage.until(lambda: answer(stage, "b") not in (before, "…"))
        await stage.press("slash")
        await stage.until(lambda: isinstance(stage.app.screen.focused, Input))
        await stage.press("end", *" and")
        await stage.press("enter")
        await stage.until(lambda: answer(stage, "a").startswith("Why did the cow and"))
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])


async def test_another_model_has_other_snapshots_and_maybe_other_jokes(library: Library) -> None:
    small.shelve("zoo", small.fluent(small.corpus(50)))
    sides = (("farm", None), ("barn", None))
    async with host(CompareScreen(Library(), BRIEF, sides)) as stage:
        await told(stage)
        step = stage.app.screen.query_one("#step-a", Select)
        step.value = "0"
        await stage.sees("at step 0", "3.500 bits/byte")
        stage.app.screen.query_one("#model-a", Select).value = "zoo"
        await stage.sees("They were scored on different jokes")
        assert step.value == "now"
        assert "bits/byte" not in stage.text()


async def test_the_curves_of_both_are_a_key_away(library: Library) -> None:
    async with host(CompareScreen(library, BRIEF, *FARM)) as stage:
        await told(stage)
        await stage.press("c")
        await stage.opens(CurvesScreen)
        await stage.sees("A  farm", "B  barn")


async def test_without_a_model_it_says_so() -> None:
    async with host(CompareScreen(Library(), BRIEF)) as stage:
        await stage.sees("There are no models to compare yet.")
        await stage.press("n", "slash", "escape")
        await stage.until(lambda: stage.answers == [None])


async def test_one_model_alone_is_compared_with_itself_in_another_manner() -> None:
    small.shelve("barn", small.untrained())
    async with host(CompareScreen(Library(), BRIEF)) as stage:
        await stage.sees("barn", "wild", "as it talks now")
        await told(stage)
        assert answer(stage, "a") != answer(stage, "b")
        stage.app.screen.query_one("#manner-b", Select).value = "own"
        await stage.until(lambda: len(answer(stage, "a")) > 20)
        await stage.until(lambda: answer(stage, "a") == answer(stage, "b"))
