from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from jokebox.tui.widgets.file_tree import FileTree
from tests.tui.stage import screen_text, until


class TreeApp(App[None]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def compose(self) -> ComposeResult:
        yield FileTree(self.folder, (".txt",))


async def test_hostile_names_show_as_text(tmp_path: Path) -> None:
    for name in ("[b]bold.txt", "[@click=app.quit]x.txt", "\x1b[31mred.txt", "UPPER.TXT", "no.png"):
        (tmp_path / name).write_text("")
    app = TreeApp(tmp_path)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: "[b]bold.txt" in screen_text(app))
        shown = screen_text(app)
        assert "[@click=app.quit]x.txt" in shown
        assert "[31mred.txt" in shown
        assert "UPPER.TXT" in shown
        assert "\x1b" not in shown
        assert "no.png" not in shown


async def test_a_visitor_of_a_page_cannot_go_above_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.setenv("JOKEBOX_VISITOR", str(tmp_path))
    app = TreeApp(tmp_path / "below")
    async with app.run_test():
        tree = app.query_one(FileTree)
        for _ in range(3):
            tree.action_up()
        assert tree.path == tmp_path
