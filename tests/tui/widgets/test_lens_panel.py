from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.generator import Generator
from jokebox.lm.lens import Unit, trace_joke
from jokebox.talk.events import TurnBegan, WordTold
from jokebox.talk.turns import Turn, Word
from jokebox.tui.widgets import lens_panel
from jokebox.tui.widgets.lens_panel import LensPanel
from jokebox.tui.widgets.tint import Tint, style_of
from tests import small
from tests.small import fluent, untrained
from tests.tui.stage import Host

TURN = Turn(0, None, "Why did", True, 1, (), (), words=(Word(" the", 1.0, ()),))


@asynccontextmanager
async def opened(
    generator: Generator, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[LensPanel, Host]]:
    panel = LensPanel()
    app = Host(panel)
    async with app.run_test(size=size):
        panel.open(generator)
        yield panel, app


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 50)])
async def test_units_that_follow_something_are_found_and_the_first_is_chosen(
    size: tuple[int, int],
) -> None:
    async with opened(Generator(fluent()), size) as (panel, app):
        await app.sees("What units follow")
        await app.until(lambda: panel.unit is not None and app.posted(LensPanel.UnitChanged))
        await app.sees("Training jokes", "Why did")


@pytest.mark.parametrize(
    ("model", "training"),
    [
        (ModelConfig(layers=1, hidden_size=16, pointer_size=0), small.QUICK),
        (ModelConfig(layers=3, hidden_size=8, pointer_size=0), TrainingConfig(tokens="whitespace")),
    ],
)
async def test_models_without_a_pointer_and_the_tutorials_have_units_too(
    model: ModelConfig, training: TrainingConfig
) -> None:
    async with opened(Generator(untrained(model=model, training=training))) as (panel, app):
        await app.sees("What units follow", "is highest")
        assert panel.unit is not None


async def test_a_model_is_surveyed_once_and_newer_weights_again() -> None:
    generator = Generator(fluent())
    async with opened(generator) as (panel, app):
        await app.sees("is highest")
        unit = panel.unit
        panel.open(generator)
        panel.open(Generator(fluent()))
        await app.until(lambda: len(app.posted(LensPanel.Surveyed)) == 2)
        await app.until(lambda: panel.unit == unit)


async def test_closing_stops_the_survey_and_opening_begins_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = Generator(fluent())
    with monkeypatch.context() as endless:
        endless.setattr(lens_panel, "survey", lambda *_: iter(lambda: 0.42, None))
        async with opened(generator) as (panel, app):
            await app.sees("Reading its training jokes", "42 %")
            panel.close()
            await app.until(lambda: not any(worker.is_running for worker in panel.workers))
            assert not app.posted(LensPanel.Surveyed)
            endless.undo()
            panel.open(generator)
            await app.sees("What units follow")


async def test_a_survey_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lens_panel, "survey", lambda *_: iter([1 / 3, "no number"]))
    async with opened(Generator(fluent())) as (_, app):
        await app.until(lambda: app.posted(LensPanel.Failed))


async def test_without_a_model_it_says_so() -> None:
    panel = LensPanel()
    app = Host(panel)
    async with app.run_test():
        panel.open(None)
        await app.sees("The units show here as soon as")


async def test_a_turn_is_coloured_by_the_chosen_unit_prompt_and_answer() -> None:
    generator = Generator(untrained())
    async with opened(generator) as (panel, app):
        assert panel.tint(TURN) is None
        await app.until(lambda: panel.unit is not None)
        read = trace_joke(generator, "Why did the")
        panel.traces = {0: read}
        panel.unit = Unit(0, 3)
        styles = [style_of(value) for value in read.memory[:, 0, 3]]
        tint = panel.tint(TURN)
        assert tint == Tint(((" Why", styles[0]), (" did", styles[1])), (styles[2],))


async def test_a_word_is_coloured_as_soon_as_it_is_told() -> None:
    generator = Generator(untrained())
    state = generator.fresh()
    async with opened(generator) as (panel, app):
        await app.until(lambda: panel.unit is not None)
        assert panel.unit is not None
        tint = panel.show_event(TurnBegan(TURN), None)
        assert tint == Tint(answer=("",)), "the word that was given"
        tint = panel.show_event(WordTold(Word(" cow", 1.0, ()), state), tint)
        assert tint == Tint(answer=("", style_of(float(panel.unit.seen(state.c)))))
