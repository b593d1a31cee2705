"""Which file? By its path, completed as it is typed, or from the folders below it."""

from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Input

from jokebox.files import exists, typed_path
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.file_tree import FileTree
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note


class Browser(Dialog["Path | None"]):
    """Ask for a file that ends in one of `suffixes`; the result is its path, None if cancelled."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(self, title: str, suffixes: tuple[str, ...]) -> None:
        super().__init__()
        self._title, self._suffixes = title, suffixes

    def compose(self) -> ComposeResult:
        keys = "→ completes, backspace goes up, escape closes"
        with self.frame(self._title, keys, "-large"):
            yield Line(
                placeholder=f"a path, ending in {' '.join(self._suffixes)}",
                suggester=_Paths(self._suffixes),
                compact=True,
            )
            yield Note()
            yield FileTree(Path.cwd(), self._suffixes)

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        path = typed_path(event.value)
        problem = ""
        if not exists(path):
            problem = "There is no such file yet."
        elif not path.is_dir() and not path.name.lower().endswith(self._suffixes):
            problem = "That is a file of another kind."
        self.query_one(Note).say(problem if event.value else "")

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        path = typed_path(event.value)
        if not exists(path):
            return
        if path.is_dir():
            self.query_one(FileTree).path = path
            self.query_one(FileTree).focus()
        elif path.name.lower().endswith(self._suffixes):
            self.dismiss(path)

    @on(DirectoryTree.FileSelected)
    def _select(self, event: DirectoryTree.FileSelected) -> None:
        self.dismiss(event.path)


class _Paths(Suggester):
    """Complete a path by what is on the disk."""

    def __init__(self, suffixes: tuple[str, ...]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._suffixes = suffixes

    async def get_suggestion(self, value: str) -> str | None:
        if not value:
            return None
        folder, begun = typed_path(value), ""
        if not value.endswith("/"):
            folder, begun = folder.parent, folder.name
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
            for path in paths:
                name = path.name + ("/" if path.is_dir() else "")
                shown = name.endswith(("/", *self._suffixes)) and name.isprintable()
                if shown and name.startswith(begun) and (begun or name[0] != "."):
                    return value + name.removeprefix(begun)
        except (OSError, ValueError):
            pass
        return None
