from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from textual.widgets import Input

from jokebox.lm.config import Sampling
from jokebox.settings import Settings
from jokebox.tui.widgets.guess_panel import BET, NEXT_JOKE, NEXT_WORD, NO_JOKES, RULE, GuessPanel
from tests import small
from tests.tui.stage import Host, screen_text

JOKE = "Why did the [/cow] cross?"


@pytest.fixture
async def app() -> AsyncIterator[Host]:
    panel = GuessPanel()
    app = Host(panel)
    async with app.run_test(size=(140, 45)):
        model = small.untrained()
        corpus = replace(model.corpus, validation=(JOKE,))
        panel.play(replace(model, corpus=corpus), Settings())
        yield app


async def bet(app: Host, text: str) -> None:
    line = app.query_one(Input)
    line.value = text
    await line.action_submit()


async def test_the_bars_come_after_the_bet(app: Host) -> None:
    await app.sees("Why did the ___", RULE)
    assert "%" not in screen_text(app)
    await bet(app, "")
    assert app.query_one(Input).placeholder == BET, "nothing is no bet"
    await bet(app, "Cow")
    await app.sees("Why did the [/cow]", "Right! You pay", "bits, the model", "%", "cut")
    assert app.query_one(Input).placeholder == NEXT_WORD


async def test_it_goes_on_with_the_score_until_the_joke_ends(app: Host) -> None:
    await bet(app, "cow")
    await bet(app, "")
    await app.sees("Why did the [/cow] ___", "1 word, 1 right: you")
    await bet(app, "eat")
    await app.sees("Why did the [/cow] cross?", "Not eat. You pay")
    assert app.query_one(Input).placeholder == NEXT_JOKE
    await bet(app, "")
    await app.sees("Why did the ___", "2 words, 1 right: you")


async def test_the_bars_move_with_the_manner(app: Host) -> None:
    await bet(app, "cow")
    await app.until(lambda: "100.0 %" not in screen_text(app))
    app.query_one(GuessPanel).follow(Sampling(temperature=0))
    await app.sees("100.0 %", "cut")


async def test_a_model_without_unseen_jokes_says_so() -> None:
    panel = GuessPanel()
    app = Host(panel)
    async with app.run_test():
        model = small.untrained()
        panel.play(replace(model, corpus=replace(model.corpus, validation=())), Settings())
        await app.sees(NO_JOKES)
        await bet(app, "cow")
