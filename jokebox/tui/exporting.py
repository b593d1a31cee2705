"""Writing a file of the user's: where to, and whether over what stands there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from textual.screen import Screen

from jokebox.errors import TalkError
from jokebox.exports import SUFFIXES, export, file_name
from jokebox.tui.messages import Failed
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen

TITLE = "Export to a file: .md, .txt or .jsonl"
KINDS = "End it in .md for Markdown, .txt for plain text, or .jsonl for JSON lines."


def ask_and_export(screen: Screen[Any], title: str, content: Callable[[str], str]) -> None:
    """Ask for a file and write what `content` makes for its suffix."""

    def answered(text: str | None) -> None:
        if text is None:
            return
        path = Path(text).expanduser()
        if not path.exists():
            write(path, replacing=False)
            return
        question = ConfirmScreen(f"{path} exists. Write over it?", "Write over it")
        screen.app.push_screen(question, partial(replace, path))

    def replace(path: Path, sure: bool | None) -> None:
        if sure:
            write(path, replacing=True)

    def write(path: Path, *, replacing: bool) -> None:
        try:
            export(path, content(path.suffix), replacing=replacing)
        except TalkError as error:
            screen.post_message(Failed(error))
        else:
            screen.notify(f"Exported to {path.absolute()}", markup=False)

    screen.app.push_screen(AskScreen(TITLE, f"{file_name(title)}.md", _problem), answered)


def _problem(text: str) -> str:
    try:
        path = Path(text).expanduser()
        if path.is_dir() or path.suffix not in SUFFIXES:
            return KINDS
        return "" if path.absolute().parent.is_dir() else "There is no such folder."
    except (OSError, ValueError, RuntimeError):  # a name too long, with a NUL, or ~nobody
        return "That cannot be the name of a file."
