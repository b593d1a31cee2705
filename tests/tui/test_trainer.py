"""The trainer by itself, and a run that is paused, continued and stopped on the screen."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from textual.message import Message

from jokebox.errors import CorpusError
from jokebox.library import Library
from jokebox.lm.events import Ended, Event, Ready
from jokebox.train.request import Request
from jokebox.tui.messages import ModelOpened, RunEvent, RunExited
from jokebox.tui.trainer import RunState, Trainer
from tests.small import endless
from tests.tui.stage import Script, Stage, evaluated, finished, open_app, progress, started

PATIENCE = 60  # seconds


class Bench:
    """A trainer without a screen: the events of its runs, what it posts and shows."""

    def __init__(self, *events: Event | Exception) -> None:
        self.events = events
        self.posted: list[Message] = []
        self.states: list[RunState] = []
        self.trainer = Trainer(self.posted.append, self.states.append, self._run)

    def _run(self, request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    def exits(self) -> list[RunExited]:
        return [message for message in self.posted if isinstance(message, RunExited)]


def in_thread(job: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=job)
    thread.start()
    return thread


def opened(model: str, *, finished: bool, can_resume: bool) -> ModelOpened:
    checkpoint = replace(endless(), name=model, finished=finished)
    return ModelOpened(checkpoint, can_resume, (), begin=False)


# The trainer by itself --------------------------------------------------------------------------


def test_the_events_of_a_run_are_posted_with_its_number_and_then_its_exit() -> None:
    bench = Bench(started(), progress(10), finished(endless()))
    for number in (1, 2):
        bench.posted.clear()
        bench.trainer.start(Request())()
        events = [RunEvent(number, event) for event in bench.events if isinstance(event, Event)]
        assert bench.posted == [*events, RunExited(number, None)]
        assert bench.trainer.is_current(number)
    assert not bench.trainer.is_current(1)


def test_an_error_ends_the_run_and_is_posted() -> None:
    error = CorpusError("no jokes", "farm.txt")
    bench = Bench(started(), error)
    bench.trainer.start(Request())()
    assert bench.posted == [RunEvent(1, started()), RunExited(1, error)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all threads share one priority")
def test_a_run_has_a_lower_priority_and_the_jobs_after_it_in_this_thread_do_not() -> None:
    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    during = []

    def run(request: Request, library: Library, stop: threading.Event) -> Iterator[Event]:
        during.append(nice())
        yield started()

    before = nice()
    Trainer(lambda message: None, lambda state: None, run).start(Request())()
    assert during[0] > before or before == 19
    assert nice() == before


def test_each_new_state_is_shown() -> None:
    bench = Bench()
    trainer = bench.trainer
    trainer.start(Request())
    trainer.pause(True)
    trainer.pause(False)
    trainer.pause(True)
    trainer.exited()
    assert bench.states == [
        RunState(training=True),
        RunState(training=True, paused=True),
        RunState(training=True),
        RunState(training=True, paused=True),
        RunState(),
    ]
    assert trainer.state == bench.states[-1]


@pytest.mark.parametrize(
    ("message", "state"),
    [
        (opened("farm", finished=True, can_resume=False), RunState()),
        (opened("farm", finished=False, can_resume=False), RunState()),
        (opened("farm", finished=False, can_resume=True), RunState(resumable="farm")),
        (
            opened("farm", finished=True, can_resume=True),
            RunState(resumable="farm", keepable="farm"),
        ),
    ],
)
def test_a_stopped_run_can_continue_and_replace_only_a_finished_model(
    message: ModelOpened, state: RunState
) -> None:
    trainer = Bench().trainer
    trainer.opened(message)
    assert trainer.state == state


def test_what_is_opened_during_a_run_does_not_change_what_can_be_done_with_it() -> None:
    trainer = Bench().trainer
    trainer.start(Request())
    trainer.opened(opened("farm", finished=True, can_resume=True))
    assert trainer.state == RunState(training=True)


def test_a_stopped_run_that_was_kept_or_removed_cannot_be_kept_again() -> None:
    trainer = Bench().trainer
    trainer.opened(opened("farm", finished=True, can_resume=True))
    trainer.removed("zoo")
    assert trainer.state == RunState(resumable="farm", keepable="farm")
    trainer.kept()
    assert trainer.state.keepable is None
    trainer.opened(opened("farm", finished=True, can_resume=True))
    trainer.removed("farm")
    assert trainer.state == RunState()


@pytest.mark.parametrize(("how", "better"), [("finished", True), ("stopped", False)])
def test_only_a_run_that_has_finished_leaves_a_better_model(how: str, better: bool) -> None:
    trainer = Bench().trainer
    trainer.start(Request())
    trainer.note(started("farm"))
    trainer.note(Ended(how, 1.0, 2.5, ""))  # type: ignore[arg-type]
    assert (trainer.model, trainer.finished) == ("farm", better)
    trainer.start(Request())
    assert not trainer.finished


def test_a_paused_run_posts_nothing_more_and_a_stop_ends_the_pause() -> None:
    bench = Bench(started(), progress(10), progress(20))
    job = bench.trainer.start(Request())
    bench.trainer.pause(True)
    thread = in_thread(job)
    wait_for(lambda: len(bench.posted) == 2)
    thread.join(0.3)  # time enough for three more, if it did not wait
    assert bench.posted == [RunEvent(1, started()), RunEvent(1, progress(10))]
    bench.trainer.stop()
    thread.join(PATIENCE)
    assert bench.exits() == [RunExited(1, None)]


def test_a_paused_run_takes_a_batch_or_goes_on_to_the_next_evaluation() -> None:
    steps = [event for step in range(1, 6) for event in (Ready(step - 1), progress(step))]
    bench = Bench(started(), *steps[:8], evaluated(endless()), *steps[8:])
    job = bench.trainer.start(Request())
    bench.trainer.step("batch")
    thread = in_thread(job)

    def waits_after(number: int) -> None:
        wait_for(lambda: len(bench.posted) == number)
        thread.join(0.3)  # time enough for three more, if it did not wait
        assert len(bench.posted) == number

    waits_after(2)  # a start and a batch
    assert bench.trainer.state.paused
    bench.trainer.step("batch")
    waits_after(3)
    bench.trainer.step("evaluation")
    waits_after(6)
    assert isinstance(bench.posted[-1], RunEvent)
    assert bench.posted[-1].event == bench.events[9]
    bench.trainer.pause(False)
    thread.join(PATIENCE)
    assert len(bench.exits()) == 1


def test_a_new_run_waits_until_the_one_before_it_has_left() -> None:
    bench = Bench(started(), progress(10))
    first = bench.trainer.start(Request())
    bench.trainer.pause(True)
    thread = in_thread(first)
    wait_for(lambda: len(bench.posted) == 2)
    second = bench.trainer.start(Request())  # stops the first
    later = in_thread(second)
    for one in (thread, later):
        one.join(PATIENCE)
    runs = [message.run for message in bench.posted if isinstance(message, RunEvent | RunExited)]
    assert runs == [1, 1, 1, 2, 2, 2]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until another thread has made this true."""
    tick = threading.Event()
    for _ in range(100 * PATIENCE):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come")


# On the screen ----------------------------------------------------------------------------------


def phase(stage: Stage) -> str:
    return str(stage.main.query_one("#phase").render())


async def learn(stage: Stage, script: Script) -> None:
    """Let the run that the app started take its first 10 steps."""
    script.say(started(), progress(10))
    await stage.until(lambda: "epoch 1 of 10" in stage.text())


async def pause(stage: Stage) -> None:
    await stage.pilot.press("ctrl+s")
    await stage.until(lambda: phase(stage).startswith("Paused"))


async def stop(stage: Stage) -> None:
    await stage.pilot.press("ctrl+t")
    await stage.until(lambda: not stage.main.run_state.training)


async def test_a_run_is_paused_and_continues(script: Script) -> None:
    async with open_app(script) as stage:
        await learn(stage, script)
        await pause(stage)
        await stage.until(lambda: stage.possible("go_on"))
        assert not stage.possible("pause")
        script.say(progress(20), progress(30), progress(40))
        # the run had asked for the next event already
        await stage.until(lambda: script.events.qsize() == 2)
        await stage.pilot.press("ctrl+s")
        await stage.until(script.events.empty)
        await stage.until(lambda: phase(stage).startswith("Learning"))
        await stage.until(lambda: stage.possible("pause"))
        script.say(finished(endless()))
        await stage.until(lambda: not stage.main.run_state.training)


async def test_a_paused_run_can_be_stopped_and_the_next_one_is_not_paused(script: Script) -> None:
    async with open_app(script) as stage:
        await learn(stage, script)
        await pause(stage)
        await stop(stage)
        assert phase(stage).startswith("Stopped")
        stage.app.start(Request())
        script.say(started(), progress(10), progress(20), progress(30))
        await stage.until(lambda: script.events.empty() and "epoch 1 of" in stage.text())
        assert phase(stage).startswith("Learning")


async def test_leaving_ends_a_paused_run(script: Script) -> None:
    async with open_app(script) as stage:
        await learn(stage, script)
        await pause(stage)
    assert not stage.app.is_running
