"""Writing a file of the user's: where to, and whether to replace what is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from jokebox.files import exists, typed_path
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import TaskFailed

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.talk.archive import Archive

KINDS = {  # what a file holds that ends like this
    ".md": "Markdown",
    ".txt": "plain text",
    ".jsonl": "JSON lines",
    ".html": "a page",
    ".svg": "a card of the last joke",
    ".png": "the card as a picture",
    ".csv": "the curves",
    ".safetensors": "the model",
}
NO_NAME = "That cannot be the name of a file."
SOON = 1.0  # seconds, after which writing is announced

Write = Callable[[Path, bool], None]  # the file, and whether it may replace one


def ask_and_export(
    screen: Screen[Any], proposed: str, suffixes: Sequence[str], write: Write
) -> None:
    """Ask for a file that ends in one of `suffixes`, and let a thread `write` it."""

    def answered(text: str | None) -> None:
        if text is None:
            return
        path = typed_path(text)
        if not exists(path):
            _work(screen, write, path, replacing=False)
            return
        question = ConfirmScreen(f"{path} exists. Replace it?", "Replace it")
        screen.app.push_screen(question, partial(replace, path))

    def replace(path: Path, sure: bool | None) -> None:
        if sure:
            _work(screen, write, path, replacing=True)

    title = f"Export to a file: {_either(suffixes)}"
    screen.app.push_screen(AskScreen(title, proposed, partial(_problem, suffixes)), answered)


def sharing(
    talks: Sequence[str], models: Sequence[str], archive: Archive, load: Callable[[str], Checkpoint]
) -> Write:
    """Return what writes these talks and models for others, as `sharing.share` does."""

    def write(path: Path, replacing: bool) -> None:
        from jokebox.sharing.share import share
        from jokebox.talk.exports import export

        content = share(path.suffix, talks, models, archive=archive, load=load)
        export(path, content, replacing=replacing)

    return write


def _work(screen: Screen[Any], write: Write, path: Path, *, replacing: bool) -> None:
    """Write the file in a thread of the app's: the dialog may be closed meanwhile."""
    app, done = screen.app, threading.Event()

    def work() -> None:
        try:
            write(path, replacing)
        except Exception as error:
            app.post_message(TaskFailed(error))
        else:
            app.notify(f"Exported to {path.absolute()}", markup=False)
            if app.is_web:  # the file is not on the visitor's own machine
                app.call_from_thread(app.deliver_binary, path)
        finally:
            done.set()

    def announce() -> None:
        if not done.is_set():
            app.notify(f"Writing {path} …", markup=False)

    app.run_worker(work, thread=True, exit_on_error=False)
    app.set_timer(SOON, announce)


def _problem(suffixes: Sequence[str], text: str) -> str:
    """Return why a file cannot be written at this path; empty if it can."""
    path = typed_path(text)
    try:
        right_kind = path.suffix in suffixes and not path.is_dir()
    except OSError:  # the name is too long
        return NO_NAME
    if not text.isprintable() or str(path).startswith("~"):  # no such user
        return NO_NAME
    if not right_kind:
        return f"End it in {_either([f'{suffix} for {KINDS[suffix]}' for suffix in suffixes])}."
    return "" if exists(path.absolute().parent) else "There is no such folder."


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
