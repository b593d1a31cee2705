from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from textual.widgets import Checkbox, Input, Select

from jokebox.lm.config import SAMPLINGS, Sampling
from jokebox.lm.text import is_word
from jokebox.settings import Settings, load_settings
from jokebox.tui.widgets.manner_panel import CUSTOM, NUMBERS, SWITCHES, MannerPanel, preset_of
from tests.small import endless, shelve
from tests.tui.stage import Host, open_app

SETTINGS = Settings(word_limit=5)


@pytest.fixture
async def app() -> AsyncIterator[Host]:
    app = Host(MannerPanel(SETTINGS))
    async with app.run_test(size=(140, 45)):
        yield app


def set_field(app: Host, name: str, text: str) -> None:
    app.query_one(f"#{name}", Input).value = text


def reported(app: Host) -> list[Settings]:
    return [message.settings for message in app.posted(MannerPanel.Changed)]


async def test_it_shows_the_settings_and_reports_nothing_by_itself(app: Host) -> None:
    await app.sees("Manner", "normal", "0.8", "0.05", "0 is dull, 2 is wild")
    shown = {name: app.query_one(f"#{name}", Input).value for name in NUMBERS}
    assert shown == {
        "temperature": "0.8",
        "top_k": "0",
        "top_p": "1",
        "min_p": "0.05",
        "word_limit": "5",
        "drafts": "16",
        "words_per_second": "8",
        "seed": "",
    }
    assert reported(app) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("temperature", "1.5", 1.5),
        ("top_k", " 40 ", 40),
        ("top_p", ".9", 0.9),
        ("min_p", "0", 0),
        ("word_limit", "30", 30),
        ("drafts", "64", 64),
        ("words_per_second", "0", 0),
        ("seed", "4294967295", 2**32 - 1),
    ],
)
async def test_a_valid_number_is_reported_at_once(
    app: Host, name: str, text: str, value: float
) -> None:
    set_field(app, name, text)
    wanted = Settings(**vars(SETTINGS) | {name: value})
    await app.until(lambda: reported(app) == [wanted])


@pytest.mark.parametrize(
    ("name", "text", "remark"),
    [
        ("temperature", "hot", "a number, please"),
        ("temperature", "", "a number, please"),
        ("temperature", "11", "it goes from 0 to 10"),
        ("top_k", "1.5", "a whole number, please"),
        ("top_p", "0", "it goes from above 0 to 1"),
        ("top_p", "nan", "it goes from above 0 to 1"),
        ("word_limit", "0", "it goes from 1 to 10000"),
        ("drafts", "65", "it goes from 1 to 64"),
        ("seed", "[/foo]", "a whole number, please"),
    ],
)
async def test_any_other_is_explained_and_not_reported(
    app: Host, name: str, text: str, remark: str
) -> None:
    set_field(app, name, text)
    await app.sees(remark)
    set_field(app, name, "1")
    await app.until(lambda: remark not in _remark(app, name))
    assert all(getattr(settings, name) == 1 for settings in reported(app))


def _remark(app: Host, name: str) -> str:
    field = app.query_one(f"#{name}", Input).parent
    assert field is not None
    return str(field.query_one(".remark").render())


async def test_an_empty_seed_means_any(app: Host) -> None:
    for text in ("9", ""):
        set_field(app, "seed", text)
    await app.until(lambda: [settings.seed for settings in reported(app)] == [9, None])


@pytest.mark.parametrize("name", SWITCHES)
async def test_a_switch_is_reported_at_once(app: Host, name: str) -> None:
    app.query_one(f"#{name}", Checkbox).value = True
    await app.until(lambda: reported(app) == [Settings(**vars(SETTINGS) | {name: True})])


async def test_it_shows_switches_that_were_changed_elsewhere_and_keeps_what_is_typed(
    app: Host,
) -> None:
    panel = app.query_one(MannerPanel)
    set_field(app, "temperature", "1.5")
    await app.until(lambda: reported(app) == [replace(SETTINGS, temperature=1.5)])
    panel.show(replace(SETTINGS, take_turns=True))  # sent before the number was typed
    assert panel.settings == replace(SETTINGS, temperature=1.5, take_turns=True)
    assert app.query_one("#take_turns", Checkbox).value


@pytest.mark.parametrize("name", ["careful", "wild"])
async def test_a_preset_fills_in_its_numbers(app: Host, name: str) -> None:
    app.query_one(Select).value = name
    await app.until(lambda: reported(app) and reported(app)[-1].sampling == SAMPLINGS[name])
    assert app.query_one(Select).value == name
    assert app.query_one("#temperature", Input).value == f"{SAMPLINGS[name].temperature:g}"
    assert reported(app)[-1].word_limit == SETTINGS.word_limit


async def test_numbers_that_are_no_preset_are_called_so_and_those_that_are_by_its_name(
    app: Host,
) -> None:
    set_field(app, "temperature", "0.9")
    await app.sees(CUSTOM)
    set_field(app, "temperature", "0.8")
    await app.until(lambda: app.query_one(Select).value == "normal")


def test_every_preset_is_known_by_its_numbers() -> None:
    assert {preset_of(sampling) for sampling in SAMPLINGS.values()} == SAMPLINGS.keys()
    assert preset_of(Sampling(temperature=0.123)) is None


async def test_what_is_chosen_here_acts_on_the_next_answer_and_is_saved() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("f4")
        await stage.sees("Manner", "Temperature")
        stage.main.query_one("#word_limit", Input).value = "2"
        stage.main.query_one("#seed", Input).value = "9"
        await stage.until(lambda: load_settings().seed == 9)
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.prompt.has_focus)
        await stage.say("Why did the cow")
        assert stage.chat.turns[0].seed == 9
        assert sum(is_word(word.text) for word in stage.chat.turns[0].words) == 2
    assert load_settings().word_limit == 2
