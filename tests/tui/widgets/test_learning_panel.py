from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import ProgressBar, Static
from textual_plot import PlotWidget

from jokebox.lm.events import Ended, Preparing, Scoring
from jokebox.tui.widgets import loss_chart
from jokebox.tui.widgets.learning_panel import LearningPanel
from jokebox.tui.widgets.loss_chart import LossChart
from tests import small
from tests.small import endless
from tests.tui.stage import Host, evaluated, progress, screen_text, started, until


@pytest.fixture(autouse=True)
def quick_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redraw at once what would wait for the next second."""
    monkeypatch.setattr(loss_chart, "REDRAW_EVERY", 0.02)


async def test_a_run_is_followed_from_its_beginning_to_its_end() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        panel.show_event(Preparing("Starting PyTorch"))
        await app.sees("Starting PyTorch …")
        panel.show_event(started("farm"))
        await app.sees("Learning farm", "60 jokes", "cpu float32", "“Why did the”")
        panel.show_event(evaluated(endless(), 2.75, "Why did the the"))
        panel.show_event(progress(25))
        wanted = ("1:15 left", "epoch 1 of 10", "1,234 tokens/s", "rate 0.0040", "best 2.750")
        await app.sees(*wanted)
        panel.show_event(Scoring(0.4))
        await app.sees("Learning farm", "scoring on unseen jokes, 40%")
        assert app.query_one(ProgressBar).percentage == 0.25
        await app.sees("Why did the the")
        panel.show_event(Ended("finished", 75.4, 2.5, "", test_bits_per_byte=2.6))
        await app.sees("Learnt farm", "1:15", "best 2.500", "test 2.600")


async def test_the_time_left_is_never_cut_off() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(100, 30)):
        panel.show_event(started("reddit-cleanjokes"))
        panel.show_event(evaluated(endless(), 2.75))
        panel.show_event(replace(progress(25), seconds_left=33_529.0))
        await app.sees("Learning reddit-cleanjokes", "9 h 19 min left")
        await app.sees("epoch 1 of 10   best 2.750   1,234 tokens/s")
        assert "rate" not in screen_text(app), "what there is no room for is left out whole"


async def test_samples_are_shown_in_the_order_of_their_steps() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        panel.show_event(started())
        for step, sample in ((0, "the the the"), (40, "a cow"), (80, "the road")):
            panel.show_event(evaluated(replace(endless(), step=step), sample=sample))
        await app.sees("the road")
        shown = screen_text(app)
        assert shown.index("the the the") < shown.index("a cow") < shown.index("the road")


async def test_a_run_that_failed_says_why() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        panel.show_event(started("farm"))
        panel.show_event(Ended("failed", 3.0, None, "No space left on [/device]"))
        await app.sees("No space left on [/device]")
        assert str(app.query_one("#phase", Static).content) == "Failed farm"


async def test_a_model_shows_the_history_it_carries() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        await panel.mount_chart()
        panel.show_model(small.untrained())
        wanted = ("small", "40% trained", "best 2.500   42 jokes", "Why did the cow", "●")
        await app.sees(*wanted)


async def test_axes_alone_are_not_shown() -> None:
    panel = LearningPanel()
    async with Host(panel).run_test(size=(140, 45)):
        await panel.mount_chart()
        assert not panel.query_one("#chart").display
        panel.show_event(progress(10))
        assert panel.query_one("#chart").display


async def test_the_chart_explains_itself() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        await panel.mount_chart()
        panel.show_event(progress(10))
        wanted = ("bits per byte", "training", "validation", "Dropout, on in training")
        await app.sees(*wanted)


@pytest.mark.parametrize("bits", [float("nan"), float("inf"), 0.0, 1e30])
async def test_odd_numbers_do_no_harm(bits: float) -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)) as pilot:
        await panel.mount_chart()
        panel.show_event(started("farm"))
        panel.show_event(progress(10, bits))
        panel.show_event(evaluated(endless(), bits))
        panel.show_event(progress(20))
        await until(pilot, lambda: not app.query_one(LossChart)._changed)
        await app.sees("Learning farm")


async def test_the_chart_takes_no_focus_from_the_prompt() -> None:
    panel = LearningPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)) as pilot:
        await panel.mount_chart()
        await until(pilot, lambda: app.query(PlotWidget))
        await pilot.press("tab")
        assert app.focused is None
