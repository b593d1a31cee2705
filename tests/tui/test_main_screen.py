"""The main screen: the panel beside the talk, what a run allows, and the way to every dialog."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.widgets import Checkbox, Static

from jokebox.library import RUN, Library
from jokebox.lm.history import History
from jokebox.train.request import Request
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.corpora import CorporaScreen
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.favourites import FavouritesScreen
from jokebox.tui.screens.help import HelpScreen
from jokebox.tui.screens.models import ModelsScreen
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.screens.talks import TalksScreen
from jokebox.tui.screens.train_dialog import TrainDialog
from jokebox.tui.trainer import RunState
from jokebox.tui.widgets.learning_panel import LearningPanel
from tests.small import endless, shelve
from tests.tui.stage import (
    Script,
    Stage,
    evaluated,
    finished,
    open_app,
    progress,
    resumable,
    started,
)

PROMPT = "Why did the owl"
HOSTILE = "[/foo] [@click=app.quit]x[/] [bold"
RUN_KEYS = ("stop_training", "resume", "pause", "go_on", "keep", "models")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Open the app with a model that never ends a joke."""
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        yield stage


def phase(stage: Stage) -> str:
    return str(stage.main.query_one("#phase", Static).content)


# What a run allows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "keys"),
    [
        (RunState(), {"models"}),
        (RunState(training=True), {"stop_training", "pause"}),
        (RunState(training=True, paused=True), {"stop_training", "go_on"}),
        (RunState(training=True, resumable="farm", keepable="farm"), {"stop_training", "pause"}),
        (RunState(resumable="farm"), {"resume", "models"}),
        (RunState(resumable="farm", keepable="farm"), {"resume", "keep", "models"}),
    ],
)
async def test_the_state_of_a_run_decides_which_keys_work(
    stage: Stage, state: RunState, keys: set[str]
) -> None:
    stage.main.run_state = state
    await stage.until(lambda: {key for key in RUN_KEYS if stage.possible(key)} == keys)


async def test_the_key_bar_follows_the_state_of_the_run_by_itself(stage: Stage) -> None:
    bar = {"^t Stop run", "^s Pause", "^s Continue", "^t Resume", "^k Keep"}
    for state, shown in (
        (RunState(training=True), {"^t Stop run", "^s Pause"}),
        (RunState(training=True, paused=True), {"^t Stop run", "^s Continue"}),
        (RunState(resumable="farm", keepable="farm"), {"^t Resume", "^k Keep"}),
        (RunState(), set[str]()),
    ):
        stage.main.run_state = state
        await stage.sees(*shown)
        await stage.until(partial(lacks, stage, bar - shown))


async def test_the_keys_of_a_run_change_its_state(script: Script) -> None:
    shelve("originals", endless())
    newer = endless(seed=7)
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request())
        script.say(started(), progress(10), resumable(newer), evaluated(newer))
        await stage.until(lambda: phase(stage) == "Learning originals")
        for key, state in (
            ("ctrl+s", RunState(training=True, paused=True)),
            ("ctrl+s", RunState(training=True)),
            ("ctrl+t", RunState(resumable="originals", keepable="originals")),
            ("ctrl+t", RunState(training=True)),
        ):
            await stage.until(partial(works, stage, key))
            await stage.pilot.press(key)
            await stage.until(partial(is_in, stage, state))
            assert stage.app.trainer.state == state
        await stage.until(lambda: len(script.requests) == 2)
    assert script.requests == [Request(), Request(model="originals", resume=True)]


async def test_keeping_a_run_whose_file_is_damaged_is_refused(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script) as stage:
        await stage.ready()
        shelve("farm", endless(seed=7), "stopped")
        (Library().directory / "farm" / RUN).write_bytes(b"damaged")
        stage.main.run_state = RunState(keepable="farm")
        await stage.pilot.press("ctrl+k")
        await stage.opens(ErrorScreen)
        await stage.sees("a model file is damaged")


def lacks(stage: Stage, texts: set[str]) -> bool:
    return not any(text in stage.text() for text in texts)


def is_in(stage: Stage, state: RunState) -> bool:
    return stage.main.run_state == state


def works(stage: Stage, key: str) -> bool:
    """Return whether a key of the run works now."""
    active = stage.main.active_bindings.get(key)
    return active is not None and active.enabled


@pytest.mark.parametrize(("size", "stays"), [((80, 24), False), ((140, 45), True)])
async def test_the_learning_panel_comes_with_a_run_and_leaves_a_small_screen_after_it(
    script: Script, size: tuple[int, int], stays: bool
) -> None:
    shelve("originals", endless())
    async with open_app(script, size=size) as stage:
        await stage.ready()
        stage.main.side = "word"
        stage.app.start(Request())
        await stage.until(lambda: stage.main.side == "learning")
        script.say(started(), finished(endless(seed=7)))
        await stage.until(lambda: not stage.main.run_state.training)
        assert stage.main.side == ("learning" if stays else "")


async def test_hostile_names_and_samples_of_a_run_show_as_text(script: Script) -> None:
    async with open_app(script) as stage:
        hostile = replace(started("[/foo]"), history=History(HOSTILE, samples=((0, HOSTILE),)))
        script.say(hostile, progress(10), evaluated(endless(), sample="[@click=app.quit]sample"))
        await stage.sees(
            "learning [/foo]", "Learning [/foo]", "epoch 1 of", "[@click=app.quit]sample"
        )


# The panels -------------------------------------------------------------------------------------


async def test_a_key_shows_its_panel_and_hides_it() -> None:
    shelve("farm", endless())
    async with open_app(size=(80, 24)) as stage:
        await stage.ready()
        panel = stage.main.query_one(LearningPanel)
        assert not panel.display, "there is little room"
        for _ in range(2):
            await stage.pilot.press("ctrl+l")
            await stage.sees("farm", "42 jokes", "finished")
            await stage.pilot.press("ctrl+l")
            await stage.until(lambda: not panel.display)


async def test_one_panel_is_shown_at_a_time(stage: Stage) -> None:
    for key, id in (("f7", "word"), ("ctrl+l", "learning"), ("f4", "word"), ("ctrl+l", "learning")):
        await stage.pilot.press(key)
        await stage.until(partial(only_shows, stage, id))


def only_shows(stage: Stage, panel: str) -> bool:
    return [side.id for side in stage.main.query(".side") if side.display] == [panel]


async def test_a_panel_shows_what_a_key_changed(stage: Stage) -> None:
    await stage.pilot.press("f4")
    await stage.until(lambda: stage.main.query("#take_turns"))
    switch = stage.main.query_one("#take_turns", Checkbox)
    await stage.pilot.press("escape")
    await stage.until(lambda: stage.prompt.has_focus)
    for on in (True, False):
        await stage.pilot.press("ctrl+e")
        await stage.until(partial(is_set, switch, on))


def is_set(switch: Checkbox, on: bool) -> bool:
    return switch.value is on


async def test_a_panel_that_is_opened_later_shows_it_too(stage: Stage) -> None:
    await stage.pilot.press("ctrl+e")
    await stage.until(lambda: stage.chat.talker.settings.take_turns)
    await stage.pilot.press("f4")
    await stage.until(lambda: stage.main.query("#take_turns"))
    assert stage.main.query_one("#take_turns", Checkbox).value


async def test_the_lens_colours_the_talk_while_it_is_open(stage: Stage) -> None:
    await stage.pilot.press("f8")
    await stage.sees("The state shows here while it answers.", "What units follow", "is highest")
    await stage.say(PROMPT)
    await stage.until(lambda: stage.turns[0].tint is not None and stage.turns[0].tint.prompt)
    tint = stage.turns[0].tint
    assert tint is not None
    assert len(tint.answer) == len(stage.chat.turns[0].words)
    await stage.until(lambda: "while it answers" not in stage.text())
    await stage.pilot.press("f8")
    await stage.until(lambda: stage.turns[0].tint is None)


async def test_the_lens_shows_the_gates_at_the_cursor(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("f8", "shift+tab", "left")
    await stage.sees("forget", "On average a unit kept")
    await stage.pilot.press("right")
    await stage.until(
        lambda: "On average a unit kept" not in stage.text()
    )  # there is none behind the last word


@pytest.mark.parametrize("panel", ["f7", "f8"])
async def test_the_word_that_the_one_at_the_cursor_is_copied_from_is_marked(panel: str) -> None:
    model = endless()
    model.weights["sentinel.bias"][:] = -30  # all is copied
    shelve("parrot", model)
    async with open_app(model="parrot") as stage:
        await stage.ready()
        await stage.say(PROMPT)
        await stage.pilot.press(panel, "shift+tab", "left")
        (view,) = stage.turns
        await stage.until(lambda: view.source is not None)
        await stage.sees("copied")
        await stage.pilot.press("right")
        await stage.until(lambda: view.source is None)  # there is no word behind the last one
        await stage.pilot.press("left", "left")
        await stage.until(lambda: view.source is not None)
        await stage.pilot.press(panel)
        await stage.until(lambda: view.source is None)


async def test_letters_typed_in_the_list_of_units_go_to_the_prompt(stage: Stage) -> None:
    await stage.pilot.press("f8")
    await stage.sees("What units follow")
    stage.app.query_one("#followers").focus()
    await stage.pilot.press("down", *"My")
    await stage.until(lambda: stage.prompt.value == "My")


async def test_what_the_model_read_can_be_searched(stage: Stage) -> None:
    await stage.pilot.press("ctrl+p", *"what it read", "enter")
    await stage.opens(ReadingScreen)
    await stage.fill("owl")
    await stage.sees("What farm learnt from", "Why did the owl")


async def test_the_words_are_shaded_only_while_the_panel_that_explains_it_is_shown(
    stage: Stage,
) -> None:
    await stage.say(PROMPT)
    assert not stage.view.shaded
    await stage.pilot.press("f7")
    await stage.until(lambda: stage.view.shaded and stage.turns[0].shaded)
    await stage.pilot.press("f7")
    await stage.until(lambda: not stage.view.shaded)


async def test_the_choices_leave_with_the_cursor(stage: Stage) -> None:
    await stage.say(PROMPT)
    await stage.pilot.press("f7")
    await stage.enter_talk()
    await stage.pilot.press("left")
    await stage.until(lambda: stage.main.words.why.choices)
    await stage.pilot.press("escape")
    await stage.until(lambda: not stage.main.words.why.choices)
    await stage.sees("Tab to the talk, or click a word")


# The keys ---------------------------------------------------------------------------------------


async def test_the_key_bar_shows_the_keys_that_work_now(stage: Stage) -> None:
    assert "New talk" not in stage.text()
    await stage.say(PROMPT)
    await stage.sees("^n New talk", "^g Again", "^b Rewind", "^o New joke", "^p More")
    assert "Stop" not in stage.text().splitlines()[-1]


async def test_the_keys_of_a_turn_work_only_while_the_talk_has_the_focus(stage: Stage) -> None:
    assert not stage.possible("turn_copy")
    await stage.say(PROMPT)
    assert not stage.possible("turn_copy")
    await stage.enter_talk()
    await stage.until(lambda: stage.possible("turn_copy"))
    assert not stage.possible("turn_before"), "there is one answer"
    await stage.pilot.press("escape")
    await stage.until(lambda: not stage.possible("turn_copy"))
    assert stage.view.selected is None


@pytest.mark.parametrize(
    ("key", "dialog"),
    [
        ("ctrl+r", TrainDialog),
        ("f1", HelpScreen),
        ("f2", ModelsScreen),
        ("ctrl+d", CorporaScreen),
        ("f5", TalksScreen),
        ("f6", FavouritesScreen),
    ],
)
async def test_a_key_opens_its_dialog_and_escape_returns_to_the_prompt(
    stage: Stage, key: str, dialog: type[Screen[object]]
) -> None:
    await stage.pilot.press(key)
    await stage.until(lambda: isinstance(stage.app.screen, dialog))
    await stage.until(lambda: stage.app.focused is not None or dialog is HelpScreen)
    await stage.pilot.press("escape")
    await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
    await stage.until(lambda: stage.prompt.has_focus)


async def test_the_talk_and_its_model_are_shared_in_one_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        await stage.pilot.press("ctrl+p", *"share")
        await stage.sees("A page of this talk and its model")
        await stage.pilot.press("enter")
        await stage.opens(AskScreen)
        await stage.sees("Export to a file: .html, .csv, .svg or .png", "why-did-the-cow")
        await stage.fill("mine.html")
        await stage.pilot.press("enter")
        await stage.until(Path("mine.html").exists)
        page = Path("mine.html").read_text("utf-8")
        assert all(text in page for text in ("Why did the cow", 'class="row', "How farm learnt"))


async def test_before_anything_was_said_the_model_alone_is_shared() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        stage.main.action_share()
        await stage.opens(AskScreen)
        await stage.sees("Export to a file: .html or .csv", "farm.html")
