"""Writing a file of the user's: where to, and whether to replace what is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jokebox.errors import TalkError
from jokebox.files import exists, typed_path
from jokebox.talk.exports import SUFFIXES, export, file_name
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import Dialog, TaskFailed

TITLE = "Export to a file: .md, .txt or .jsonl"
KINDS = "End it in .md for Markdown, .txt for plain text, or .jsonl for JSON lines."
NO_NAME = "That cannot be the name of a file."


def ask_and_export(screen: Dialog[Any], title: str, content: Callable[[str], str]) -> None:
    """Ask for a file, and write what `content` makes for its suffix."""

    def answered(text: str | None) -> None:
        if text is None:
            return
        path = typed_path(text)
        if not path.exists():
            write(path, replacing=False)
            return
        question = ConfirmScreen(f"{path} exists. Replace it?", "Replace it")
        screen.app.push_screen(question, partial(replace, path))

    def replace(path: Path, sure: bool | None) -> None:
        if sure:
            write(path, replacing=True)

    def write(path: Path, *, replacing: bool) -> None:
        try:
            export(path, content(path.suffix), replacing=replacing)
        except TalkError as error:
            screen.post_message(TaskFailed(error))
        else:
            screen.notify(f"Exported to {path.absolute()}", markup=False)

    screen.app.push_screen(AskScreen(TITLE, f"{file_name(title)}.md", _problem), answered)


def _problem(text: str) -> str:
    """Return why a file cannot be written at this path; empty if it can."""
    path = typed_path(text)
    try:
        right_kind = path.suffix in SUFFIXES and not path.is_dir()
    except OSError:  # the name is too long
        return NO_NAME
    if not text.isprintable() or str(path).startswith("~"):  # no such user
        return NO_NAME
    if not right_kind:
        return KINDS
    return "" if exists(path.absolute().parent) else "There is no such folder."
