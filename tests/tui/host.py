"""A bare app for one screen, quick to open: what it gives and what it tells."""

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
from tests.tui.stage import click, screen_text, until


class HostApp(App[None]):
    """Has jokebox's style, and keeps the messages that come up to it."""

    CSS_PATH = Path(jokebox.tui.__path__[0]) / "jokebox.tcss"
    HORIZONTAL_BREAKPOINTS = JokeboxApp.HORIZONTAL_BREAKPOINTS
    VERTICAL_BREAKPOINTS = JokeboxApp.VERTICAL_BREAKPOINTS

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Message] = []

    def on_task_failed(self, message: TaskFailed) -> None:
        self.told.append(message)

    def on_models_screen_renamed(self, message: ModelsScreen.Renamed) -> None:
        self.told.append(message)

    def on_models_screen_removed(self, message: ModelsScreen.Removed) -> None:
        self.told.append(message)


@dataclass
class Host:
    """The screen under test, the user's hands and eyes, and the answers it gave."""

    app: HostApp
    pilot: Pilot[None]
    answers: list[Any] = field(default_factory=list)

    async def until(self, condition: Callable[[], object]) -> None:
        await until(self.pilot, condition)

    def text(self) -> str:
        return screen_text(self.app)

    async def sees(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text() for text in texts))

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
