from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from jokebox.errors import JokeboxError
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from tests.tui.host import host


class Example(Dialog[None]):
    """A dialog with nothing but a text, which keeps the results of its jobs."""

    @dataclass
    class Done(Message):
        thread: int

    def __init__(self) -> None:
        super().__init__()
        self.done: list[int] = []

    def compose(self) -> ComposeResult:
        with self.frame("A title", "escape closes", "-large"):
            yield Static("the content")

    def on_example_done(self, message: Done) -> None:
        self.done.append(message.thread)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_it_is_framed_by_its_title_and_its_keys(size: tuple[int, int]) -> None:
    async with host(Example(), size) as stage:
        await stage.sees("─ A title ─", "─ escape closes ─", "the content")
        frame = stage.app.screen.query_one(".dialog")
        assert stage.app.screen.region.contains_region(frame.region)


@pytest.mark.parametrize("error", [JokeboxError("no", "why"), OSError("no space left")])
async def test_a_task_that_the_user_has_to_mend_is_reported(error: Exception) -> None:
    def fail() -> None:
        raise error

    dialog = Example()
    async with host(dialog) as stage:
        assert not dialog.attempt(fail)
        await stage.until(lambda: stage.app.posted == [TaskFailed(error)])
        assert dialog.attempt(lambda: None)


async def test_an_error_of_our_own_in_a_task_is_not_hidden() -> None:
    dialog = Example()
    async with host(dialog):
        with pytest.raises(ZeroDivisionError):
            dialog.attempt(lambda: 1 / 0)


async def test_a_job_is_done_in_a_thread_and_its_message_comes_back() -> None:
    dialog = Example()
    async with host(dialog) as stage:
        dialog.work(lambda: Example.Done(threading.get_ident()))
        await stage.until(lambda: dialog.done)
        assert dialog.done != [threading.get_ident()]
        assert stage.app.posted == []


async def test_any_error_of_a_job_is_reported_and_the_dialog_stays() -> None:
    error = ZeroDivisionError("ours")

    def fail() -> Message:
        raise error

    dialog = Example()
    async with host(dialog) as stage:
        dialog.work(fail)
        await stage.until(lambda: stage.app.posted == [TaskFailed(error)])
        assert stage.app.screen is dialog
