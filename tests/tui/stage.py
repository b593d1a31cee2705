"""A stage for the app: a run that reports what the test says, and what the screen shows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from queue import Empty, SimpleQueue
from typing import Any, ClassVar, TypeVar

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from jokebox import tui
from jokebox.library import Library
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Ended, Evaluated, Event, Progress, Resumable, Started
from jokebox.lm.history import History
from jokebox.train.request import Request, model_name
from jokebox.tui.app import JokeboxApp
from jokebox.tui.chat import Chat
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.trainer import Run
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.turn import TurnView

M = TypeVar("M", bound=Message)
HISTORY = History(prompt="Why did the")
PATIENCE = 60  # seconds, for a slow machine that is busy; only a test that fails takes them
STILL = 5  # equal looks at the screen in a row, after which nothing moves any more


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
    """A run whose events come when the test says so. The library records it as a real one."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.events: SimpleQueue[Event | Exception] = SimpleQueue()  # that were not taken yet
        self._best: Checkpoint | None = None

    def say(self, *events: Event | Exception) -> None:
        """Let the run report these events, or fail with this error."""
        for event in events:
            self.events.put(event)

    def __call__(
        self, request: Request, library: Library, stop: threading.Event
    ) -> Iterator[Event]:
        self.requests.append(request)
        events = self._events(stop)
        return library.record(model_name(request), events, resuming=request.resume)

    def _events(self, stop: threading.Event) -> Iterator[Event]:
        while True:
            try:
                event = self.events.get(timeout=0.01)
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
    notices: list[str] = field(default_factory=list)  # that were shown, however briefly

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def view(self) -> ConversationView:
        return self.chat.view

    @property
    def turns(self) -> list[TurnView]:
        """The turns on the screen, without those that are being taken away."""
        return [view for view in self.view.turns if not view._pruning]

    @property
    def prompt(self) -> Prompt:
        return self.chat.prompt

    @property
    def chat(self) -> Chat:
        return self.main.chat

    def possible(self, action: str) -> bool:
        """Return whether the key of `action` works now."""
        active = self.app.screen.active_bindings.values()
        return any(key.binding.id == action and key.enabled for key in active)

    def text(self) -> str:
        return screen_text(self.app)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    async def sees(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text() for text in texts))

    async def opens(self, screen: type[Screen[Any]]) -> None:
        """Wait until this screen is open and takes keys."""
        await opens(self.pilot, screen)

    async def fill(self, text: str) -> None:
        """Replace what is in the line of a dialog, and wait until the screen has followed."""
        await fill(self.pilot, text)

    async def rest(self) -> None:
        await rest(self.pilot)

    async def click(self, widget: str | Widget, offset: tuple[int, int] = (0, 0)) -> None:
        await click(self.pilot, widget, offset)

    async def ready(self) -> None:
        """Wait until there is a model to talk to."""
        await self.until(lambda: self.chat.idle)

    async def enter(self, prompt: str) -> None:
        """Type a prompt, and enter."""
        self.prompt.value = prompt
        await self.pilot.press("enter")

    async def settled(self, turns: int) -> None:
        """Wait until the talk has this many turns, and no answer is under way."""
        await self.until(
            lambda: (
                self.chat.idle
                and len(self.chat.turns) == turns
                and [view.turn for view in self.turns] == list(self.chat.turns)
                and all(view.is_mounted for view in self.turns)
            )
        )

    async def say(self, *prompts: str) -> None:
        """Type each prompt, and wait for its answer."""
        for prompt in prompts:
            turns = len(self.chat.turns)
            await self.enter(prompt)
            await self.settled(turns + 1)

    async def enter_talk(self) -> None:
        """Take the focus into the talk, to its last turn."""
        await self.pilot.press("shift+tab")
        await self.until(lambda: self.view.has_focus and self.view.selected is self.turns[-1])


def count(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> list[str]:
    """Return a list that grows with each call of `method` from now on."""
    calls: list[str] = []
    original = getattr(owner, method)

    def counted(*args: Any, **named: Any) -> Any:
        calls.append(method)
        return original(*args, **named)

    monkeypatch.setattr(owner, method, counted)
    return calls


class Host(App[None]):
    """An app with one widget, in the styles of jokebox; it keeps the messages that reach it."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        Path(tui.__file__).with_name("jokebox.tcss"),
        Dialog.CSS_PATH,
    ]
    HORIZONTAL_BREAKPOINTS = JokeboxApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = JokeboxApp.VERTICAL_BREAKPOINTS

    def __init__(self, widget: Widget) -> None:
        self._posted: list[Message] = []
        super().__init__()
        self._widget = widget

    def compose(self) -> ComposeResult:
        yield self._widget

    def post_message(self, message: Message) -> bool:
        self._posted.append(message)
        return super().post_message(message)

    def posted(self, kind: type[M]) -> list[M]:
        """Return the messages of this kind that came up to the app, in order."""
        return [message for message in self._posted if isinstance(message, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        await until(Pilot(self), condition)

    async def sees(self, *texts: str) -> None:
        await until(Pilot(self), lambda: all(text in screen_text(self) for text in texts))


@asynccontextmanager
async def open_app(
    run: Run | None = None,
    *,
    model: str | None = None,
    size: tuple[int, int] = (140, 45),
    app: JokeboxApp | None = None,
) -> AsyncIterator[Stage]:
    """Open `app`, or one with this model or run, and leave it as a user does."""
    app = app or JokeboxApp(model, run=run)
    notices: list[str] = []
    notify = app.notify

    def note(message: str, **how: Any) -> None:
        notices.append(message)
        notify(message, **how)

    app.notify = note  # type: ignore[method-assign]
    async with app.run_test(size=size, notifications=True) as pilot:
        try:
            yield Stage(app, pilot, notices)
        finally:
            # run_test alone would remove the widgets under late messages
            app.exit()
            await until(pilot, lambda: not app.is_running)


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait for `condition`, however long it takes on a busy machine."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await pilot.pause(0.01)
    except TimeoutError:
        shown = screen_text(pilot.app)
        raise AssertionError(f"still not so after {PATIENCE} seconds:\n{shown}") from None


async def rest(pilot: Pilot[None]) -> None:
    """Wait until nothing moves: the keys of a new focus come late, and move the rest."""
    seen: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while len(seen) < STILL or len(set(seen[-STILL:])) > 1:
            await pilot.pause(0.01)
            seen.append(screen_text(pilot.app))


async def click(pilot: Pilot[None], widget: str | Widget, offset: tuple[int, int] = (0, 0)) -> None:
    """Click this widget when nothing moves any more."""
    await rest(pilot)
    assert await pilot.click(widget, offset=offset), f"{widget} is covered"


async def opens(pilot: Pilot[None], screen: type[Screen[Any]]) -> None:
    """Wait until this screen is open and takes keys."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, screen) and app.screen.is_mounted)
    if app.screen.focus_chain:
        await until(pilot, lambda: app.focused is not None)


async def fill(pilot: Pilot[None], text: str) -> None:
    """Replace what is in the line of a dialog, and wait until the screen has followed."""
    line = pilot.app.screen.query_one(Input)
    line.value = text
    await until(pilot, lambda: line.value == text)
    await pilot.pause()


def screen_text(app: App[None]) -> str:
    """Return what the terminal would show."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def answer(view: TurnView) -> str:
    """Return a turn as it reads, remarks included; empty while it is being removed."""
    return "".join(str(text.content) for text in view.query(".text").results(Static))
