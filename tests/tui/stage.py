"""A stage for the app: a run that says what the test says, and what is seen on the screen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from jokebox import tui
from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Ended, Evaluated, Event, Progress, Resumable, Started
from jokebox.lm.history import History
from jokebox.lm.tokenizer import END
from jokebox.train.request import Request, model_name
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.trainer import Run
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.turn import TurnView
from tests import small

HISTORY = History(prompt="Why did the")
PATIENCE = 6  # seconds
STILL = 5  # looks at the screen that are alike: nothing moves any more


def biased(bias: float, *ids: int, checkpoint: Checkpoint | None = None) -> Checkpoint:
    """A model that tells, or never tells, the tokens `ids`."""
    checkpoint = checkpoint or small.untrained()
    biases = checkpoint.weights["output.bias"].copy()
    biases[list(ids)] = bias
    weights = dict(checkpoint.weights) | {"output.bias": np.asarray(biases, np.float32)}
    return replace(checkpoint, weights=weights)


def endless(seed: int = 1, **changes: object) -> Checkpoint:
    """A model that never ends a joke: all its answers go on to the word limit."""
    checkpoint = biased(-1000, END, checkpoint=small.untrained(seed=seed))
    return replace(checkpoint, **changes)  # type: ignore[arg-type]


def shelve(name: str, checkpoint: Checkpoint, how: str = "finished") -> Checkpoint:
    """Put a model into the library as a run that ended so would."""
    checkpoint = replace(checkpoint, name=name, finished=how == "finished")
    ended = Ended(how, 1.0, 2.5, "", checkpoint=checkpoint)  # type: ignore[arg-type]
    list(Library().record(name, [Resumable(40, checkpoint, {}), ended]))
    return checkpoint


def started(model: str = "originals", steps: int = 100) -> Started:
    return Started(model, ("small",), 60, 900, 5000, "cpu", "float32", 10, 0, steps, HISTORY)


def progress(step: int, bits: float = 3.0) -> Progress:
    return Progress(step, 100, 1, 10, step / 10, bits, 1234.0, 0.004, 75.0)


def evaluated(checkpoint: Checkpoint, bits: float = 2.5, sample: str = "A sample.") -> Evaluated:
    return Evaluated(checkpoint.step, 1.5, bits, True, sample, checkpoint)


def resumable(checkpoint: Checkpoint) -> Resumable:
    return Resumable(checkpoint.step, checkpoint, {})


def finished(checkpoint: Checkpoint) -> Ended:
    done = replace(checkpoint, finished=True)
    return Ended("finished", 61.0, 2.5, "", test_bits_per_byte=2.6, checkpoint=done)


class Script:
    """A run whose events come when the test says them. The library records it as a real one."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._said: SimpleQueue[Event | Exception] = SimpleQueue()
        self._best: Checkpoint | None = None

    def say(self, *events: Event | Exception) -> None:
        for event in events:
            self._said.put(event)

    def __call__(
        self, request: Request, library: Library, stop: threading.Event
    ) -> Iterator[Event]:
        self.requests.append(request)
        events = self._events(stop)
        return library.record(model_name(request), events, resuming=request.resume)

    def _events(self, stop: threading.Event) -> Iterator[Event]:
        while True:
            try:
                event = self._said.get(timeout=0.01)
            except Empty:
                if not stop.is_set():
                    continue
                event = Ended("stopped", 9.0, 2.5, "stopped", checkpoint=self._best)
            if isinstance(event, Exception):
                raise event
            if isinstance(event, Evaluated):
                self._best = event.checkpoint
            yield event
            if isinstance(event, Ended):
                return


@dataclass
class Stage:
    """The app under test, and the hands and eyes of a user."""

    app: JokeboxApp
    pilot: Pilot[None]

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def turns(self) -> list[TurnView]:
        return self.main.query_one(ConversationView).turns

    @property
    def chat(self) -> Chat:
        return self.main.chat

    def possible(self, action: str) -> bool:
        """Whether the key of `action` works now."""
        active = self.app.screen.active_bindings.values()
        return any(key.binding.id == action and key.enabled for key in active)

    def text(self) -> str:
        return screen_text(self.app)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    async def sees(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text() for text in texts))

    async def rest(self) -> None:
        await rest(self.pilot)

    async def click(self, widget: str | Widget, offset: tuple[int, int] = (0, 0)) -> None:
        await click(self.pilot, widget, offset)

    async def ready(self) -> None:
        """Somebody is there to talk to."""
        await self.until(lambda: self.chat.idle)

    async def enter(self, prompt: str) -> None:
        self.main.query_one(Prompt).value = prompt
        await self.pilot.press("enter")

    async def settled(self, turns: int) -> None:
        """The talk has so many turns, and nobody is speaking."""
        await self.until(lambda: self.chat.idle and len(list(filter(answer, self.turns))) == turns)

    async def say(self, *prompts: str) -> None:
        """Each prompt, and its answer."""
        for prompt in prompts:
            turns = len(self.turns)
            await self.enter(prompt)
            await self.settled(turns + 1)


class Host(App[None]):
    """Holds one widget, in the styles of the app."""

    CSS_PATH = Path(tui.__file__).with_name("jokebox.tcss")
    HORIZONTAL_BREAKPOINTS = JokeboxApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = JokeboxApp.VERTICAL_BREAKPOINTS

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget

    async def sees(self, *texts: str) -> None:
        await until(Pilot(self), lambda: all(text in screen_text(self) for text in texts))


@asynccontextmanager
async def open_app(
    run: Run | None = None, *, model: str | None = None, size: tuple[int, int] = (140, 45)
) -> AsyncIterator[Stage]:
    app = JokeboxApp(model, run=run)
    async with app.run_test(size=size, notifications=True) as pilot:
        try:
            yield Stage(app, pilot)
        finally:
            # leave as a user does: run_test alone takes the widgets away under late messages
            app.exit()
            await until(pilot, lambda: not app.is_running)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait for `condition`, as long as it may take on a busy machine."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await pilot.pause(0.01)


async def rest(pilot: Pilot[None]) -> None:
    """Until nothing moves any more: the keys of a new focus come late, and move the rest."""
    seen: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while len(seen) < STILL or len(set(seen[-STILL:])) > 1:
            await pilot.pause(0.01)
            seen.append(screen_text(pilot.app))


async def click(pilot: Pilot[None], widget: str | Widget, offset: tuple[int, int] = (0, 0)) -> None:
    """On this widget, where it stands at rest."""
    await rest(pilot)
    assert await pilot.click(widget, offset=offset), f"{widget} is covered"


def screen_text(app: App[None]) -> str:
    """What the terminal would show."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def answer(view: TurnView) -> str:
    """A turn as it reads, remarks included; empty while it is being taken away."""
    return "".join(str(text.content) for text in view.query(".text").results(Static))
