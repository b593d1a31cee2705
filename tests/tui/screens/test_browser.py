from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from jokebox.tui.screens.browser import Browser
from jokebox.tui.widgets.file_tree import FileTree
from tests.tui.host import Host, host

SUFFIXES = (".csv", ".txt")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("inner/deep.txt", "farm.txt", "photo.png", ".hidden.txt", "[b]odd.csv"):
        path = tmp_path / "here" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def browser() -> Browser:
    return Browser("Which?", SUFFIXES)


def rows(tree: FileTree) -> list[str]:
    """Return the labels in the tree that are unfolded, from its root on."""
    nodes = (tree.get_node_at_line(line) for line in range(tree.last_line + 1))
    return [str(node.label) for node in nodes if node is not None]


def typed(stage: Host) -> str:
    return stage.app.screen.query_one(Input).value


async def test_only_what_can_be_chosen_is_shown() -> None:
    async with host(browser()) as stage:
        await stage.sees("inner", "farm.txt", "[b]odd.csv")
        assert "photo" not in stage.text()
        assert "hidden" not in stage.text()


async def test_a_typed_path_is_completed_and_taken() -> None:
    async with host(browser()) as stage:
        await stage.press(*"inn")
        await stage.until(lambda: stage.app.screen.query_one(Input)._suggestion == "inner/")
        await stage.press("right")
        await stage.until(lambda: typed(stage) == "inner/")
        await stage.press("d")
        await stage.until(lambda: stage.app.screen.query_one(Input)._suggestion == "inner/deep.txt")
        await stage.press("right", "enter")
        await stage.until(lambda: stage.answers == [Path("inner/deep.txt")])


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nothing.txt", "There is no such file yet."),
        ("photo.png", "That is a file of another kind."),
        ("[/foo]", "There is no such file yet."),
        ("~no-such-user/x", "There is no such file yet."),
        ("x" * 5000, "There is no such file yet."),
    ],
)
async def test_what_cannot_be_chosen_is_explained_as_it_is_typed(path: str, says: str) -> None:
    async with host(browser()) as stage:
        stage.app.screen.query_one(Input).value = path
        await stage.sees(says)
        await stage.press("enter")
        assert stage.answers == []


async def test_a_typed_folder_is_opened_below() -> None:
    async with host(browser()) as stage:
        await stage.press(*"inner", "enter")
        await stage.sees("deep.txt")
        assert stage.answers == []


async def test_a_file_is_taken_from_the_tree_which_leads_to_the_folder_above(folder: Path) -> None:
    async with host(browser()) as stage:
        await stage.sees("farm.txt")
        tree = stage.app.screen.query_one(FileTree)
        tree.focus()
        await stage.until(lambda: tree.has_focus)
        await stage.press("backspace")
        await stage.until(lambda: tree.path == folder.parent)
        await stage.until(lambda: "here" in rows(tree))
        await stage.press("down")
        await stage.until(lambda: tree.cursor_line == rows(tree).index("here"))
        await stage.press("enter")
        await stage.until(lambda: "farm.txt" in rows(tree))
        for _ in range(rows(tree).index("farm.txt") - tree.cursor_line):
            await stage.press("down")
        await stage.until(lambda: tree.cursor_line == rows(tree).index("farm.txt"))
        await stage.press("enter")
        await stage.until(lambda: stage.answers == [folder / "farm.txt"])


async def test_escape_chooses_nothing() -> None:
    async with host(browser(), (60, 16)) as stage:
        await stage.sees("farm.txt", "escape closes")
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])
