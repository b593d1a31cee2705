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

NO_NAME = "That cannot be the name of a file."


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
        kind = path.suffix in SUFFIXES and not path.is_dir()
        folder = path.absolute().parent.is_dir()
    except (OSError, RuntimeError):  # a name too long, or ~nobody
        return NO_NAME
    if not text.isprintable():
        return NO_NAME
    if not kind:
        return KINDS
    return "" if folder else "There is no such folder."
