from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.binding import Binding
from textual.events import Key
from textual.widgets import Input

from jokebox import paths, tui
from jokebox.errors import CorpusError
from jokebox.library import MODEL, PREVIOUS, Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Ended, Event, Preparing, RolledBack
from jokebox.lm.generator import Generator
from jokebox.lm.text import sanitise
from jokebox.model_file import read_model
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.talk.conversation import Conversation
from jokebox.train.request import Knobs, Request
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import TOO_SMALL, MainScreen
from jokebox.tui.messages import RunEvent, RunExited, StartRun
from jokebox.tui.palette import commands
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.themes import DARK
from tests import small
from tests.small import endless, shelve
from tests.tui.stage import (
    HISTORY,
    Script,
    Stage,
    evaluated,
    finished,
    open_app,
    progress,
    resumable,
    started,
)

KEYS = {
    binding.id: binding.description
    for binding in (*MainScreen.BINDINGS, *Chat.BINDINGS)
    if isinstance(binding, Binding) and binding.id
}
TYPED_AHEAD = (*"Why", "enter", *"moon", "ctrl+j", *"ow")


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


class TypedAhead(JokeboxApp):
    """An app whose user types while it is still starting."""

    CSS_PATH = str(Path(tui.__file__).with_name("jokebox.tcss"))

    def on_load(self) -> None:
        for key in TYPED_AHEAD:
            self.post_message(Key(key, key if len(key) == 1 else None))


async def begin(stage: Stage, script: Script, model: str = "originals") -> None:
    """Let the run that the app started take its first steps."""
    newer = endless(seed=7)
    script.say(started(model), progress(10), resumable(newer), evaluated(newer))
    await stage.sees(f"Learning {model}", "epoch 1 of 10", "A sample.")


async def sees_error(stage: Stage, *texts: str) -> None:
    """Wait for an error that says this; on the screen a long path is broken anywhere."""
    await stage.opens(ErrorScreen)
    assert isinstance(stage.app.screen, ErrorScreen)
    error = stage.app.screen.error
    await stage.sees(error.title)
    for text in texts:
        assert text in sanitise(f"{error.title}\n{error.message}\n{error.hint}")


# Opening ----------------------------------------------------------------------------------------


async def test_a_run_that_is_rolled_back_says_so_and_its_chart_goes_back(script: Script) -> None:
    history = replace(HISTORY, training=((10, 3.0),), validation=((0, 3.5),))
    async with open_app(script) as stage:
        script.say(started(), progress(10), progress(20), RolledBack(10, 0.5, history))
        await stage.until(lambda: any("back at step 10" in notice for notice in stage.notices))
        await stage.until(lambda: stage.main.learning._training == [(10, 3.0)])


async def test_the_first_launch_learns_the_bundled_jokes_by_itself(script: Script) -> None:
    async with open_app(script) as stage:
        await stage.until(lambda: script.requests)
        assert script.requests == [Request(preset="first")]
        await stage.sees("Start a joke, I finish it.")
        await begin(stage, script)
        await stage.sees("learning originals")


async def test_a_model_of_earlier_bundled_jokes_is_opened_and_the_new_ones_are_offered_once(
    script: Script,
) -> None:
    earlier = replace(small.corpus(), names=("originals",))
    shelve("originals", endless(corpus=earlier))
    for offered in (1, 0):
        async with open_app(script) as stage:
            await stage.ready()
            offers = [text for text in stage.notices if "ctrl+r learns them" in text]
            assert len(offers) == offered
            assert script.requests == []


async def test_the_prompt_is_there_before_any_model_is_read() -> None:
    async with open_app(lambda *_: iter(())) as stage:
        assert stage.main.focused is stage.prompt
        await stage.sees("jokebox", "Start a joke, I finish it.")


@pytest.mark.parametrize("size", [(60, 16), (140, 45)])
async def test_keys_that_are_typed_before_the_screen_is_ready_reach_the_prompt(
    size: tuple[int, int],
) -> None:
    shelve("farm", endless())
    async with open_app(app=TypedAhead(), size=size) as stage:
        await stage.settled(2)
        assert [turn.prompt for turn in stage.chat.turns] == ["Why", "moon"]
        assert stage.prompt.value == "ow"


async def test_keys_that_are_typed_at_once_reach_the_prompt() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.pilot.press(*TYPED_AHEAD)
        await stage.settled(2)
        assert [turn.prompt for turn in stage.chat.turns] == ["Why", "moon"]


async def test_a_model_is_opened_straight_into_a_talk(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script) as stage:
        await stage.ready()
        assert script.requests == []
        await stage.sees("farm  2.500 bits/byte")
        await stage.say("Why did the cow")
    assert load_settings().model == "farm"


async def test_the_last_used_model_is_opened_not_the_newest(settings: Settings) -> None:
    for name in ("farm", "zoo"):
        shelve(name, endless())
    save_settings(replace(settings, model="farm"))
    async with open_app() as stage:
        await stage.sees("farm  2.500")


async def test_the_model_that_was_asked_for_is_opened() -> None:
    for name in ("farm", "zoo"):
        shelve(name, endless())
    async with open_app(model="farm") as stage:
        await stage.sees("farm  2.500")


async def test_a_model_that_does_not_exist_is_named_with_those_that_do(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script, model="[/circus]") as stage:
        await sees_error(stage, "cannot be a name", "[/circus]")
    async with open_app(script, model="circus") as stage:
        await sees_error(stage, "no such model", "'circus'", "There are: farm.")
    assert script.requests == []


async def test_a_damaged_model_is_set_aside_with_a_notice(script: Script) -> None:
    shelve("farm", endless(seed=2))
    shelve("farm", endless())
    (paths.models_dir() / "farm" / "model.safetensors").write_bytes(b"no model")
    async with open_app(script) as stage:
        await stage.until(lambda: any("is used instead" in notice for notice in stage.notices))
        await stage.ready()


async def test_a_half_trained_model_says_how_far_it_is_and_is_resumed(script: Script) -> None:
    shelve("farm", endless(), "stopped")
    async with open_app(script) as stage:
        await stage.ready()
        await stage.sees("40% trained, resumable with ctrl+t")
        await stage.until(lambda: stage.possible("resume"))
        await stage.pilot.press("ctrl+t")
        await stage.until(lambda: script.requests)
        assert script.requests == [Request(model="farm", resume=True)]


# Training ---------------------------------------------------------------------------------------


async def test_a_stopped_run_leaves_the_good_model_to_talk_to(script: Script) -> None:
    good = shelve("originals", endless())
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request())
        script.say(started(), resumable(endless(seed=7)), evaluated(endless(seed=7)))
        await stage.until(lambda: script.events.empty() and stage.possible("stop_training"))
        await stage.pilot.press("ctrl+t")
        await stage.sees("with a stopped run: ctrl+t resumes it, ctrl+k keeps it")
        await stage.ready()
        talk = stage.chat.talker.conversation
        assert talk is not None
        np.testing.assert_array_equal(talk.generator.embedding, good.weights["embedding.weight"])


async def test_a_run_is_stopped_and_resumed(script: Script) -> None:
    async with open_app(script) as stage:
        await begin(stage, script)
        await stage.pilot.press("ctrl+t")
        await stage.sees("40% trained, resumable with ctrl+t")
        await stage.until(lambda: stage.possible("resume"))
        await stage.pilot.press("ctrl+t")
        await stage.until(lambda: len(script.requests) == 2)
        assert script.requests[1] == Request(model="originals", resume=True)
        await stage.ready()
        await stage.say("Why did the cow")


async def test_a_finished_run_is_opened_by_the_next_launch(script: Script) -> None:
    async with open_app(script) as stage:
        await begin(stage, script)
        script.say(finished(endless(seed=7)))
        await stage.sees(
            "originals  finished, 2.500 bits/byte", "Learnt originals", "1:01", "2.600"
        )
        await stage.until(lambda: not stage.possible("stop_training"))
    async with open_app(script) as stage:
        await stage.sees("originals  2.500 bits/byte")
    assert len(script.requests) == 1


async def test_a_model_is_replaced_only_when_the_new_run_has_finished(script: Script) -> None:
    old, new = shelve("farm", endless()), endless(seed=7)
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request(model="farm"))
        await begin(stage, script, "farm")
        assert same(Library().load("farm").weights, old.weights)
        script.say(finished(new))
        await stage.sees("finished")
        assert same(Library().load("farm").weights, new.weights)


async def test_a_stopped_run_is_kept_when_the_user_says_so(script: Script) -> None:
    old, new = shelve("farm", endless()), endless(seed=7)
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request(model="farm"))
        await begin(stage, script, "farm")
        await stage.pilot.press("ctrl+t")
        await stage.until(lambda: stage.possible("keep"))
        assert same(Library().load("farm").weights, old.weights)
        await stage.pilot.press("ctrl+k")
        await stage.sees("(40% trained, 2.500 bits/byte)", "(finished, 2.500 bits/byte)")
        await stage.pilot.press("escape")
        await stage.opens(MainScreen)
        assert same(Library().load("farm").weights, old.weights)
        await stage.pilot.press("ctrl+k")
        await stage.click("#yes")
        await stage.until(lambda: not stage.main.run_state.keepable)
        assert same(Library().load("farm").weights, new.weights)
        await stage.until(lambda: not stage.possible("keep"))


async def test_the_model_before_is_brought_back_and_talks(script: Script) -> None:
    old, new = shelve("farm", endless()), shelve("farm", endless(seed=7))
    async with open_app(script, model="farm") as stage:
        await stage.ready()
        await stage.pilot.press("f2", "p")
        await stage.sees("They swap places")
        await stage.click("#yes")
        await stage.until(lambda: same(model_of(stage).weights, old.weights))
        assert same(Library().load("farm").weights, old.weights)
    assert same(read_model(Library().directory / "farm" / PREVIOUS)[0].weights, new.weights)


def model_of(stage: Stage) -> Checkpoint:
    talk = stage.chat.talker.conversation
    assert talk is not None
    return talk.generator.checkpoint


async def test_no_model_is_trained_in_place_of_a_damaged_one(script: Script) -> None:
    shelve("farm", endless())
    (Library().directory / "farm" / MODEL).write_bytes(b"damaged")
    async with open_app(script) as stage:
        await stage.opens(ErrorScreen)
        await stage.sees("no model can be opened", "a model file is damaged", "import a copy")
        await stage.pilot.press("escape")
        await stage.sees("no model yet: ctrl+r trains one")
    assert script.requests == []


async def test_a_damaged_model_beside_a_good_one_is_named(script: Script) -> None:
    shelve("farm", endless())
    shelve("barn", endless())
    (Library().directory / "barn" / MODEL).write_bytes(b"damaged")
    save_settings(replace(load_settings(), model="barn"))
    async with open_app(script) as stage:
        await stage.ready()
        assert model_of(stage).name == "farm"
        await stage.until(lambda: any("farm is opened instead" in n for n in stage.notices))


async def test_another_run_stops_the_one_under_way_and_is_not_mixed_with_it(
    script: Script,
) -> None:
    async with open_app(script) as stage:
        await begin(stage, script)
        stage.app.start(Request(model="zoo"))
        number = stage.app.trainer.number
        await stage.until(lambda: len(script.requests) == 2)
        script.say(started("zoo"))
        await stage.sees("learning zoo")
        stage.app.post_message(RunEvent(number - 1, started("late")))
        stage.app.post_message(RunEvent(number - 1, Ended("failed", 1, None, "late")))
        stage.app.post_message(RunExited(number - 1, ValueError("late")))
        stage.app.post_message(RunEvent(number, started("zoo two")))
        await stage.sees("learning zoo two")
        assert "late" not in stage.text()
        await stage.until(lambda: stage.possible("stop_training"))


async def test_real_jokes_are_learnt_and_their_model_answers(tmp_path: Path) -> None:
    jokes = tmp_path / "farm.txt"
    jokes.write_text("\n".join(small.jokes()))
    shelve("zoo", endless())
    knobs = Knobs(hidden_size=8, max_epochs=1)
    async with open_app() as stage:
        await stage.ready()
        stage.app.post_message(StartRun(Request((str(jokes),), preset="tiny", knobs=knobs)))
        await stage.sees("farm  finished")
        await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "farm")
        await stage.say("Why did the cow")
        (turn,) = stage.chat.turns
    model = Library().load("farm")
    assert model.finished
    # whatever the model has learnt and whichever seed it was: these are the words of this model
    again = Conversation(Generator(model), manner=load_settings().manner)
    list(again.say("Why did the cow", seed=turn.seed))
    assert again.turns[0].words == turn.words
    assert again.turns[0].ended == turn.ended


@pytest.mark.skipif(sys.platform != "linux", reason="threads have one priority there")
async def test_a_run_has_a_lower_priority_than_the_screen() -> None:
    priorities: list[int] = []

    def run(request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
        priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        yield Ended("stopped", 0.0, None, "")

    async with open_app(run) as stage:
        await stage.until(lambda: priorities)
    assert priorities[0] > os.getpriority(os.PRIO_PROCESS, os.getpid())


async def test_leaving_stops_the_run_and_the_answer(script: Script, settings: Settings) -> None:
    save_settings(replace(settings, words_per_second=0.01))
    async with open_app(script) as stage:
        await begin(stage, script)
        await stage.ready()
        await stage.enter("Why did the cow")
        await stage.until(lambda: stage.possible("stop_answer"))
        await stage.pilot.press("ctrl+q")
    assert Library().can_resume("originals")


@pytest.mark.parametrize(("seconds", "rings"), [(61.0, 1), (9.0, 0)])
async def test_a_run_of_minutes_ends_with_a_notice_and_the_bell(
    script: Script, monkeypatch: pytest.MonkeyPatch, seconds: float, rings: int
) -> None:
    rung: list[None] = []
    async with open_app(script) as stage:
        monkeypatch.setattr(stage.app, "bell", lambda: rung.append(None))
        await begin(stage, script)
        script.say(replace(finished(endless()), seconds=seconds))
        await stage.until(lambda: not stage.main.run_state.training)
        assert len(rung) == rings
        assert stage.notices.count("originals finished after 1 min") == rings


async def test_a_model_that_is_renamed_while_it_talks_continues_under_its_new_name() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.pilot.press("f2")
        await stage.sees("Models")
        await stage.pilot.press("r")
        await stage.sees("Rename farm")
        stage.app.screen.query_one(Input).value = "barn"
        await stage.pilot.press("enter")
        await stage.until(lambda: stage.app.settings.model == "barn")
        await stage.until(lambda: stage.chat.idle and stage.chat.talker.model == "barn")


# Errors -----------------------------------------------------------------------------------------


async def test_a_run_that_cannot_start_says_why_and_what_to_do(script: Script) -> None:
    async with open_app(script) as stage:
        script.say(CorpusError("no jokes", "[/farm].csv \x1b[31m", "Write some [b]jokes."))
        await sees_error(stage, "no jokes")
        await stage.sees("[/farm].csv [31m", "Write some [b]jokes.")
        await stage.pilot.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, MainScreen))
        await stage.until(lambda: stage.possible("train"))
        assert not stage.possible("stop_training")


async def test_a_run_that_fails_says_why(script: Script) -> None:
    async with open_app(script) as stage:
        await begin(stage, script)
        script.say(Ended("failed", 3.0, 2.5, "No space left on [/device]"))
        await sees_error(stage, "training failed", "No space left on [/device]", "jokebox.log")


async def test_an_error_of_our_own_is_logged_and_shown_without_a_traceback(
    script: Script,
) -> None:
    async with open_app(script) as stage:
        script.say(RuntimeError("[/oops]"))
        await sees_error(stage, "an error inside jokebox", "[/oops]", "jokebox.log")
        await stage.sees("[/oops]")
        assert "Traceback" not in stage.text()
    assert "Traceback" in paths.log_file().read_text()


async def test_notices_about_the_jokes_are_shown(script: Script) -> None:
    async with open_app(script) as stage:
        script.say(Preparing("Starting PyTorch", ("3 jokes of [/farm] were dropped",)))
        await stage.sees("3 jokes of [/farm] were dropped")


@pytest.mark.parametrize("broken", ["words_per_second = 'fast'", "theme = ", "\x00"])
async def test_broken_settings_are_shown_and_left_to_the_user(broken: str) -> None:
    paths.settings_file().write_text(broken)
    shelve("farm", endless())
    async with open_app() as stage:
        await sees_error(stage, "the settings cannot be used", "settings.toml")
        await stage.pilot.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        stage.app.theme = "nord"
        await stage.ready()
    assert paths.settings_file().read_text() == broken


# Choices and commands ---------------------------------------------------------------------------


async def test_the_theme_is_remembered() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        stage.app.theme = "nord"
        await stage.until(lambda: load_settings().theme == "nord")
    async with open_app() as stage:
        await stage.until(lambda: stage.app.theme == "nord")


async def test_an_unknown_theme_is_ignored(settings: Settings) -> None:
    save_settings(replace(settings, theme="[/foo]"))
    async with open_app(lambda *_: iter(())) as stage:
        await stage.sees("Start a joke")
        assert stage.app.theme == DARK.name


async def test_the_palette_has_every_key_that_works_now(script: Script) -> None:
    seen: set[str] = set()

    async def look(*working: str) -> None:
        await stage.until(lambda: all(stage.possible(id) for id in working))
        offered = {command.title for command in commands(stage.main)}
        possible = {id for id in KEYS if stage.possible(id)}
        assert {KEYS[id] for id in possible} <= offered
        seen.update(possible)

    shelve("originals", endless())
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request())
        await begin(stage, script)
        await stage.ready()
        await stage.say("Why did the cow")
        await look("again", "stop_training", "pause")
        stage.chat.talker.follow(replace(stage.app.settings, words_per_second=0.01))
        await stage.enter("moon")
        await look("stop_answer")
        await stage.pilot.press("ctrl+s")
        await look("go_on")
        await stage.pilot.press("escape")
        await stage.settled(2)
        await stage.pilot.press("ctrl+t")
        await look("keep", "resume")
        await stage.enter_talk()
        await look("leave_talk")
        await stage.pilot.press("f4")
        await look("leave_panel")
    assert seen == KEYS.keys()


async def test_a_command_of_the_palette_does_what_its_key_does() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        runs = {command.title: command.run for command in commands(stage.main)}
        await runs["Rewind"]()
        await stage.settled(0)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45), (200, 60)])
async def test_there_is_room_for_the_prompt_and_the_keys(
    size: tuple[int, int], script: Script
) -> None:
    async with open_app(script, size=size) as stage:
        script.say(started(), progress(10), evaluated(endless(seed=7)))
        await stage.ready()
        await stage.say("Why did the cow")
        await stage.sees("Why did the cow", "Continue it", "^g Again", "^p More")
        assert TOO_SMALL not in stage.text()


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 5)])
async def test_a_smaller_terminal_says_what_is_needed(size: tuple[int, int]) -> None:
    async with open_app(lambda *_: iter(()), size=size) as stage:
        await stage.until(lambda: stage.text().strip() == TOO_SMALL)


def test_the_app_needs_no_file_to_be_made() -> None:
    assert JokeboxApp().settings.word_limit == 5
