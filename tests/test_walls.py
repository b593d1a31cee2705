"""The walls of the house: who may look into whom, and what is imported when."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jokebox
from tests import small
from tests.tui.stage import endless, shelve

PACKAGE = Path(jokebox.__file__).parent
HEAVY = {"torch", "pandas", "numpy", "textual", "textual_plot", "requests", "tqdm"}


def imports(path: Path) -> Iterator[str]:
    """The modules that the file imports, wherever in it, those for type checking alone left out."""
    for node in _running(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not typing:
            yield from _running(child)


def files(room: str) -> list[Path]:
    place = PACKAGE / room
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def importers(library: str) -> set[str]:
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in files(".")
        if any(name.split(".")[0] == library for name in imports(path))
    }


@pytest.mark.parametrize(
    ("room", "closed"),
    [
        ("lm", ("tui", "cli", "train", "library", "conversation", "settings")),
        ("conversation", ("tui", "cli", "library")),
        ("library", ("tui", "cli", "train", "conversation")),
        ("train", ("tui", "cli", "conversation")),
        ("tui", ("cli",)),
    ],
)
def test_no_room_looks_where_it_may_not(room: str, closed: tuple[str, ...]) -> None:
    for path in files(room):
        for name in imports(path):
            assert not any(f"{name}.".startswith(f"jokebox.{wall}.") for wall in closed), path


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        (
            "torch",
            {
                "train/import_torch.py",
                "train/learner.py",
                "train/loop.py",
                "train/network.py",
                "train/ranks.py",
            },
        ),
        ("pandas", {"train/joke_files.py"}),
        ("textual_plot", {"tui/widgets/loss_chart.py"}),
        ("pickle", set[str]()),
    ],
)
def test_a_library_is_named_in_its_own_rooms_only(library: str, rooms: set[str]) -> None:
    assert importers(library) <= rooms


def test_textual_is_named_by_the_screen_only() -> None:
    assert all(name.startswith("tui/") for name in importers("textual"))


def loaded(code: str) -> set[str]:
    """The modules in a process of its own after `code`."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return set(said.stderr.split())


@pytest.mark.parametrize("room", ["cli", "__main__", "lm.events", "lm.config"])
def test_what_is_imported_first_brings_in_nothing_heavy(room: str) -> None:
    assert not loaded(f"import jokebox.{room}") & HEAVY


def test_the_screen_is_imported_without_what_the_workers_need() -> None:
    modules = loaded("import jokebox.tui.app")
    assert "textual" in modules
    assert not modules & {"torch", "pandas", "numpy", "textual_plot"}


def test_telling_from_a_cached_model_needs_neither_torch_nor_pandas() -> None:
    shelve("farm", small.untrained())
    modules = loaded(
        "import sys; from jokebox.cli import run; sys.argv[1:] = ['tell', 'Why']; assert run() == 0"
    )
    assert "numpy" in modules
    assert not modules & {"torch", "pandas", "textual"}


CHAT = """
import asyncio
from jokebox.tui.app import JokeboxApp
from tests.tui.stage import Stage

async def chat():
    app = JokeboxApp()
    async with app.run_test(size=(140, 45)) as pilot:
        stage = Stage(app, pilot)
        await stage.ready()
        await stage.say("Why did the cow", "")
        await pilot.press("ctrl+r")
        await stage.sees("Train a model")
        await pilot.press("escape", "f2")
        await stage.sees("enter talks to it")

asyncio.run(chat())
"""


def test_a_chat_with_a_cached_model_needs_neither_torch_nor_pandas() -> None:
    shelve("farm", endless())
    modules = loaded(CHAT)
    assert "textual_plot" in modules
    assert not modules & {"torch", "pandas", "requests"}
