"""A bare app for one screen, quick to open: what it answers, and what it posts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

import jokebox.tui
from jokebox.tui.app import JokeboxApp
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.screens.models import ModelsScreen
from jokebox.tui.screens.replay import ReplayScreen
from tests.tui.stage import click, fill, opens, screen_text, until


class HostApp(App[None]):
    """An app in the style of jokebox that keeps the messages of its screen."""

    CSS_PATH = Path(jokebox.tui.__path__[0]) / "jokebox.tcss"
    HORIZONTAL_BREAKPOINTS = JokeboxApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = JokeboxApp.VERTICAL_BREAKPOINTS

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Message] = []

    def on_task_failed(self, message: TaskFailed) -> None:
        self.posted.append(message)

    def on_replay_screen_wanted(self, message: ReplayScreen.Wanted) -> None:
        self.posted.append(message)

    def on_models_screen_renamed(self, message: ModelsScreen.Renamed) -> None:
        self.posted.append(message)

    def on_models_screen_brought_back(self, message: ModelsScreen.BroughtBack) -> None:
        self.posted.append(message)

    def on_models_screen_removed(self, message: ModelsScreen.Removed) -> None:
        self.posted.append(message)


@dataclass
class Host:
    """The screen under test, the hands and eyes of a user, and its results."""

    app: HostApp
    pilot: Pilot[None]
    answers: list[Any] = field(default_factory=list)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    def text(self) -> str:
        return screen_text(self.app)

    async def sees(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text() for text in texts))

    async def opens(self, screen: type[Screen[Any]]) -> None:
        """Wait until this screen is open and takes keys."""
        await opens(self.pilot, screen)

    async def fill(self, text: str) -> None:
        """Replace what is in the line of a dialog, and wait until the screen has followed."""
        await fill(self.pilot, text)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def click(self, widget: str) -> None:
        await click(self.pilot, widget)


@asynccontextmanager
async def host(screen: Screen[Any], size: tuple[int, int] = (140, 45)) -> AsyncIterator[Host]:
    app = HostApp()
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Host(app, pilot)
        await app.push_screen(screen, stage.answers.append)
        yield stage
