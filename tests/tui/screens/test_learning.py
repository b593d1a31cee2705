from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.tui.screens.learning import LearningScreen
from jokebox.tui.widgets.loss_chart import LossChart
from tests import small
from tests.tui.host import host

MODEL = replace(small.untrained(), name="[/farm]", finished=True)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_it_shows_how_a_model_learnt_at_any_size(size: tuple[int, int]) -> None:
    async with host(LearningScreen(MODEL), size) as stage:
        await stage.sees("[/farm]", "42 jokes", "bits per byte", "escape closes")
        await stage.until(lambda: stage.app.screen.query(LossChart))
        await stage.until(lambda: stage.app.screen.query_one(LossChart).size.height >= 4)
        if size[1] > 16:
            await stage.sees("Why did the cow")


@pytest.mark.parametrize("key", ["escape", "enter"])
async def test_it_is_closed_even_before_its_chart_is_there(key: str) -> None:
    async with host(LearningScreen(MODEL)) as stage:
        await stage.press(key)
        await stage.until(lambda: stage.answers == [None])


async def test_it_has_all_of_the_dialog_and_its_samples_scroll_by_keys() -> None:
    samples = tuple((step, f"Sample {step}.") for step in range(100))
    model = replace(MODEL, history=replace(MODEL.history, samples=samples))
    async with host(LearningScreen(model), (100, 30)) as stage:
        await stage.sees("Sample 99.")
        assert stage.app.screen.query_one("#learning").size.width > 70
        for key, sample in (("home", 0), ("end", 99), ("pageup", 90), ("up", 89)):
            await stage.press(key)
            await stage.sees(f"Sample {sample}.")
