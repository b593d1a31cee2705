"""Folders, and in them the files of some kinds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.text import Text
from textual.binding import Binding
from textual.widgets import DirectoryTree

from jokebox.files import is_reachable
from jokebox.lm.text import sanitise


class FileTree(DirectoryTree):
    """Show all files but hidden ones and those that end in none of `suffixes`."""

    BINDINGS = [Binding("backspace", "up", "Folder above")]

    def __init__(self, folder: Path, suffixes: tuple[str, ...]) -> None:
        super().__init__(folder)
        self._suffixes = suffixes

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [path for path in paths if path.name[0] != "." and self._is_shown(path)]

    def process_label(self, label: object) -> Text:
        """Return the label without markup or control characters: a file name may hold anything."""
        return Text(sanitise(str(label)))

    def action_up(self) -> None:
        above = Path(self.path).absolute().parent
        if is_reachable(above):
            self.path = above

    def _is_shown(self, path: Path) -> bool:
        try:
            return path.is_dir() or path.name.lower().endswith(self._suffixes)
        except OSError:
            return False
