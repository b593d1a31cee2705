"""The training run, away from the screen's thread: one worker that only posts."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from textual.message import Message

from jokebox.memory import release_memory
from jokebox.tui.messages import ModelOpened, RunEvent, RunExited

if TYPE_CHECKING:
    from jokebox.library import Library
    from jokebox.lm.events import Event
    from jokebox.train.request import Request

NICE = 5  # steps of priority that training is below the screen
POLL = 0.1  # seconds between two looks of a paused run at its stop event
Run = Callable[["Request", "Library", threading.Event], Iterator["Event"]]
Goal = Literal["", "batch", "evaluation"]


@dataclass(frozen=True)
class RunState:
    """What can be done about a run now."""

    training: bool = False
    paused: bool = False
    resumable: str | None = None  # the model whose stopped run can continue
    keepable: str | None = None  # the model that its stopped run can replace


class Trainer:
    """Own the run and its state: `show` is given each new state, `post` what the worker reports.

    A new run waits in its own thread until the one before it has left; it has a higher number.
    """

    def __init__(
        self,
        post: Callable[[Message], object],
        show: Callable[[RunState], object],
        run: Run | None = None,
    ) -> None:
        self._post, self._show, self._run = post, show, run
        self.state = RunState()
        self.model = ""  # that is or was trained last
        self.finished = False  # whether the last run ended with a model that is better trained
        self.number = 0  # of the latest run
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._goal: Goal = ""  # of a paused run that goes a little way
        self._by_step = threading.Event()
        self._one_run = threading.Lock()

    # In the screen's thread -----------------------------------------------------------------------

    def start(self, request: Request) -> Callable[[], None]:
        """Stop the run under way, and return the job of the new one, for a worker thread."""
        self.stop()
        self._stop = threading.Event()
        self._paused.clear()
        self._by_step.clear()
        self.number += 1
        self.finished = False
        self._change(RunState(training=True))
        return partial(self._work, self.number, request, self._stop)

    def stop(self) -> None:
        """Stop the run under way at its next batch, if there is one."""
        self._stop.set()

    def pause(self, paused: bool) -> None:
        """Pause the run under way, or let it continue."""
        self._goal = ""
        for switch in (self._paused, self._by_step):
            if paused:
                switch.set()
            else:
                switch.clear()
        self._change(replace(self.state, paused=paused))

    def step(self, goal: Goal) -> None:
        """Let the run under way go on to the end of a batch or an evaluation, and pause there."""
        if not self.state.paused:
            self.pause(True)
        self._goal = goal

    def is_current(self, run: int) -> bool:
        """Return whether `run` is the number of the latest run."""
        return run == self.number

    def note(self, event: Event) -> None:
        """Take what an event of the latest run means for its state."""
        from jokebox.lm.events import Ended, Started

        if isinstance(event, Started):
            self.model = event.model
        elif isinstance(event, Ended):
            self.finished = event.how == "finished"

    def exited(self) -> None:
        """Note that the latest run has left its thread."""
        self._change(replace(self.state, training=False, paused=False))

    def opened(self, message: ModelOpened) -> None:
        """Take what a model that was opened says about a stopped run."""
        model = message.checkpoint
        if model is None or self.state.training:
            return
        resumable = model.name if message.can_resume else None
        keepable = resumable if model.finished else None
        self._change(replace(self.state, resumable=resumable, keepable=keepable))

    def kept(self) -> None:
        """Note that the stopped run has replaced its model."""
        self._change(replace(self.state, keepable=None))

    def removed(self, model: str) -> None:
        """Note that a model was removed, with its stopped run."""
        if model in (self.state.resumable, self.state.keepable):
            self._change(replace(self.state, resumable=None, keepable=None))

    def _change(self, state: RunState) -> None:
        self.state = state
        self._show(state)

    # In the worker --------------------------------------------------------------------------------

    def _work(self, number: int, request: Request, stop: threading.Event) -> None:
        with self._one_run:  # the thread of a stopped run may still be running
            # in a thread of its own: its priority, and what PyTorch keeps for it, end with it
            with ThreadPoolExecutor(1) as thread:
                error = thread.submit(self._train, number, request, stop).result()
            self._post(RunExited(number, error))
            release_memory()

    def _train(self, number: int, request: Request, stop: threading.Event) -> Exception | None:
        """Train, and post what happens; return the error that ended it, if one did."""
        _lower_priority()
        try:
            from jokebox.library import Library
            from jokebox.lm.events import Ready
            from jokebox.train.run import run

            train = self._run or partial(run, by_step=self._by_step)
            for event in train(request, Library(), stop):
                if not isinstance(event, Ready):
                    self._post(RunEvent(number, event))
                self._pause_after(event, stop)
        except Exception as error:
            return error
        return None

    def _pause_after(self, event: Event, stop: threading.Event) -> None:
        """Wait as long as the run is paused, if its clock stands still after this event."""
        from jokebox.lm.events import Evaluated, Progress, Ready

        reached = {"batch": Progress, "evaluation": Evaluated}.get(self._goal)
        if reached is not None and isinstance(event, reached):
            self._goal = ""
        while isinstance(event, Progress | Ready) and self._paused.is_set() and not self._goal:
            if stop.wait(POLL):
                break


def _lower_priority() -> None:
    """Give this thread, and those it starts, a lower priority than the screen's.

    On Linux each thread has a priority of its own; elsewhere they share one.
    """
    if sys.platform == "linux":
        screen = os.getpriority(os.PRIO_PROCESS, os.getpid())
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, screen + NICE))
