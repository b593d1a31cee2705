"""What all dialogs share: the frame, work in a thread, and the message that a task failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType

from jokebox.errors import JokeboxError


@dataclass
class TaskFailed(Message):
    """Something that the user asked for did not work; the app shows why."""

    error: Exception


class Dialog(ModalScreen[ScreenResultType]):
    """A framed screen over the others, which ends with a result or with None."""

    CSS_PATH = Path(__file__).with_name("dialogs.tcss")

    def frame(self, title: str, keys: str, classes: str = "") -> Vertical:
        """Return the frame; `keys` says what enter and escape do."""
        frame = Vertical(classes=f"dialog {classes}")
        frame.border_title, frame.border_subtitle = title, keys
        return frame

    def attempt(self, task: Callable[[], object]) -> bool:
        """Do `task`; post TaskFailed and return False if the user has to mend something first."""
        try:
            task()
        except (JokeboxError, OSError) as error:
            self.post_message(TaskFailed(error))
            return False
        return True

    def work(self, job: Callable[[], Message]) -> None:
        """Do `job` in a thread, and post the message that it returns, or TaskFailed."""

        def work() -> None:
            try:
                self.post_message(job())
            except Exception as error:
                self.post_message(TaskFailed(error))

        self.run_worker(work, thread=True, exit_on_error=False)
