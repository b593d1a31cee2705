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

from jokebox import paths
from jokebox.errors import CorpusError
from jokebox.library import Library
from jokebox.lm.events import Ended, Event, Preparing
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.train.request import Knobs, Request
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.messages import RunEvent, RunExited, StartRun
from jokebox.tui.screens.error import ErrorScreen
from tests import small
from tests.tui.stage import (
    Script,
    Stage,
    endless,
    evaluated,
    finished,
    open_app,
    progress,
    resumable,
    shelve,
    started,
)

KEYS = {
    binding.id: binding.description
    for binding in (*MainScreen.BINDINGS, *Chat.BINDINGS)
    if isinstance(binding, Binding) and binding.id
}


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


async def begin(stage: Stage, script: Script, model: str = "originals") -> None:
    """The run that the app started has taken its first steps."""
    newer = endless(seed=7)
    script.say(started(model), progress(10), resumable(newer), evaluated(newer))
    await stage.sees(f"Learning {model}: epoch 1 of 10", "A sample.")


# Opening ----------------------------------------------------------------------------------------


async def test_the_first_launch_learns_the_bundled_jokes_by_itself(script: Script) -> None:
    async with open_app(script) as stage:
        await stage.until(lambda: script.requests)
        assert script.requests == [Request()]
        await stage.sees("Start a joke, I finish it.")
        await begin(stage, script)
        assert "learning originals" in stage.text()


async def test_the_screen_is_there_before_any_model_is_read() -> None:
    async with open_app(lambda *_: iter(())) as stage:
        assert "jokebox" in stage.text()
        assert stage.main.focused is not None
        assert stage.main.focused.id == "prompt"


async def test_a_model_is_opened_straight_into_a_chat(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script) as stage:
        await stage.ready()
        assert script.requests == []
        assert "farm  2.500 bits/byte" in stage.text()
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


async def test_a_model_that_is_not_there_is_told_with_those_that_are(script: Script) -> None:
    shelve("farm", endless())
    async with open_app(script, model="[/circus]") as stage:
        await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
        await stage.sees("cannot be a name", "[/circus]")
    async with open_app(script, model="circus") as stage:
        await stage.sees("no such model", "'circus'", "There are: farm.")
    assert script.requests == []


async def test_a_damaged_model_is_set_aside_and_told(script: Script) -> None:
    shelve("farm", endless(seed=2))
    shelve("farm", endless())
    (paths.models_dir() / "farm" / "model.safetensors").write_bytes(b"no model")
    async with open_app(script) as stage:
        await stage.ready()
        await stage.sees("set aside")


async def test_a_half_trained_model_says_how_far_it_is_and_goes_on(script: Script) -> None:
    shelve("farm", endless(), "stopped")
    async with open_app(script) as stage:
        await stage.ready()
        assert "40% trained, resumable with ctrl+t" in stage.text()
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
        await stage.until(lambda: stage.main.run_state.training)
        await stage.pilot.press("ctrl+t")
        await stage.sees("with a stopped run: ctrl+t resumes it, ctrl+l keeps it")
        await stage.ready()
        talk = stage.chat.talker.conversation
        assert talk is not None
        np.testing.assert_array_equal(talk.generator.embedding, good.weights["embedding.weight"])


async def test_a_run_is_stopped_and_goes_on(script: Script) -> None:
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
        await stage.sees("originals  finished, 2.500 bits/byte", "Learnt originals: 1:01", "2.600")
        assert not stage.possible("stop_training")
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
        await stage.pilot.press("ctrl+l")
        await stage.until(lambda: not stage.possible("keep"))
        assert same(Library().load("farm").weights, new.weights)


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
        assert stage.possible("stop_training")


async def test_real_jokes_are_learnt_and_told(tmp_path: Path) -> None:
    jokes = tmp_path / "farm.txt"
    jokes.write_text("\n".join(small.jokes()))
    shelve("zoo", endless())
    knobs = Knobs(hidden_size=16, max_epochs=8, batch_size=4, sequence_length=16)
    async with open_app() as stage:
        await stage.ready()
        stage.app.post_message(StartRun(Request((str(jokes),), preset="tiny", knobs=knobs)))
        await stage.sees("farm  finished")
        await stage.until(lambda: not stage.possible("stop_training"))
        await stage.ready()
        talk = stage.chat.talker.conversation
        assert talk is not None
        assert talk.generator.checkpoint.name == "farm"
        await stage.say("Why did the cow")
        assert len(talk.turns[0].words) > 0
    assert Library().load("farm").finished


@pytest.mark.skipif(sys.platform != "linux", reason="threads have one priority there")
async def test_learning_stands_below_the_screen_where_cores_are_short() -> None:
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


# Errors -----------------------------------------------------------------------------------------


async def test_a_run_that_cannot_start_says_why_and_what_to_do(script: Script) -> None:
    async with open_app(script) as stage:
        script.say(CorpusError("no jokes", "[/farm].csv \x1b[31m", "Write some [b]jokes."))
        await stage.sees("no jokes", "[/farm].csv [31m", "Write some [b]jokes.")
        assert not stage.possible("stop_training")
        await stage.pilot.press("escape")
        assert isinstance(stage.app.screen, MainScreen)
        assert stage.possible("train")


async def test_a_run_that_fails_says_why(script: Script) -> None:
    async with open_app(script) as stage:
        await begin(stage, script)
        script.say(Ended("failed", 3.0, 2.5, "No space left on [/device]"))
        await stage.sees("training failed", "No space left on [/device]", "jokebox.log")


async def test_an_error_of_our_own_is_logged_and_shown_without_a_traceback(
    script: Script,
) -> None:
    async with open_app(script) as stage:
        script.say(RuntimeError("[/oops]"))
        await stage.sees("an error inside jokebox", "[/oops]", "jokebox.log")
        assert "Traceback" not in stage.text()
    assert "Traceback" in paths.log_file().read_text()


async def test_notices_about_the_jokes_are_shown(script: Script) -> None:
    async with open_app(script) as stage:
        script.say(Preparing("Starting PyTorch", ("3 jokes of [/farm] were dropped",)))
        await stage.sees("3 jokes of [/farm] were dropped")


@pytest.mark.parametrize("broken", ["words_per_second = 'fast'", "theme = ", "\x00"])
async def test_broken_settings_are_told_and_left_to_the_user(broken: str) -> None:
    paths.settings_file().write_text(broken)
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.until(lambda: isinstance(stage.app.screen, ErrorScreen))
        await stage.sees("the settings cannot be used", "settings.toml")
        await stage.pilot.press("escape")
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


async def test_an_unknown_theme_is_passed_over(settings: Settings) -> None:
    save_settings(replace(settings, theme="[/foo]"))
    async with open_app(lambda *_: iter(())) as stage:
        await stage.pilot.pause()
        assert stage.app.theme in stage.app.available_themes


async def test_the_palette_has_every_key_that_works_now(script: Script) -> None:
    seen: set[str] = set()

    def look() -> None:
        offered = {command.title for command in stage.app.get_system_commands(stage.main)}
        possible = {id for id, title in KEYS.items() if stage.possible(id) and title in offered}
        assert possible == {id for id in KEYS if stage.possible(id)}
        seen.update(possible)

    shelve("originals", endless())
    async with open_app(script) as stage:
        await stage.ready()
        stage.app.start(Request())
        await begin(stage, script)
        await stage.ready()
        await stage.say("Why did the cow")
        look()
        stage.chat.talker.follow(replace(stage.app.settings, words_per_second=0.01))
        await stage.enter("moon")
        await stage.until(lambda: stage.possible("stop_answer"))
        look()
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: stage.possible("go_on"))
        look()
        await stage.pilot.press("escape", "ctrl+t")
        await stage.until(lambda: stage.possible("keep"))
        look()
        await stage.pilot.press("shift+tab")
        await stage.until(lambda: stage.possible("leave_talk"))
        look()
    assert seen == KEYS.keys()


async def test_a_command_of_the_palette_does_what_its_key_does() -> None:
    shelve("farm", endless())
    async with open_app() as stage:
        await stage.ready()
        await stage.say("Why did the cow")
        commands = {c.title: c.callback for c in stage.app.get_system_commands(stage.main)}
        await commands["Rewind"]()
        await stage.settled(0)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45), (200, 60)])
async def test_there_is_room_for_the_prompt_and_the_keys(
    size: tuple[int, int], script: Script
) -> None:
    async with open_app(script, size=size) as stage:
        script.say(started(), progress(10), evaluated(endless(seed=7)))
        await stage.ready()
        await stage.say("Why did the cow")
        await stage.sees("Why did the cow", "Continue it", "^q Quit", "^r Train")
        assert "jokebox needs" not in stage.text()


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (20, 5)])
async def test_a_smaller_terminal_says_what_is_needed(size: tuple[int, int]) -> None:
    async with open_app(lambda *_: iter(()), size=size) as stage:
        await stage.pilot.pause()
        (line,) = stage.text().strip().splitlines()
        assert line == "jokebox needs 60x16"


def test_the_app_needs_no_file_to_be_made() -> None:
    assert JokeboxApp().settings.word_limit == 5
