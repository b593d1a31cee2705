"""Which folder may import which, and what is imported when; docs/architecture.md says why."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jokebox
from jokebox.settings import Settings, save_settings
from tests import small
from tests.small import endless, shelve
from tests.structure import Structure, circles

PACKAGE = Path(jokebox.__file__).parent
STRUCTURE = Structure(PACKAGE)
HEAVY = {
    "torch",
    "clevercsv",
    "charset_normalizer",
    "numpy",
    "textual",
    "textual_plot",
    "requests",
    "tqdm",
}

# a folder or module, and what it may import of jokebox; nothing is excepted
WALLS: dict[str, set[str]] = {
    "errors": set(),
    "paths": set(),
    "formatting": set(),
    "files": {"errors", "paths"},
    "logs": {"paths"},
    "memory": set(),
    "lesson": set(),
    "cache": {"files", "paths"},
    "lm": {"errors"},
    "settings": {"errors", "files", "paths", "lm"},
    "model_schema": {"errors", "lm"},
    "tensor_file": set(),
    "model_file": {"errors", "lm", "model_schema", "tensor_file"},
    "snapshots": {"errors", "files", "lm", "model_file", "model_schema", "tensor_file"},
    "library": {"errors", "files", "paths", "lm", "model_file", "snapshots"},
    "talk": {"errors", "files", "paths", "lm"},
    "train": {"errors", "files", "paths", "cache", "lesson", "lm", "library"},
    "serving": set(),
    "sharing": {"errors", "formatting", "lm", "talk", "train"},
    "cli": {
        *("errors", "formatting", "logs", "paths", "settings", "lm", "library", "talk", "train"),
        *("sharing", "serving"),
        "tui",  # to open the screen
    },
    "tui/widgets": {"errors", "files", "formatting", "lesson", "settings", "lm", "talk", "train"},
    "tui/screens": {
        *("errors", "files", "formatting", "cache", "lm", "library", "talk", "train", "sharing"),
        "tui/widgets",
    },
    "tui": {
        *(
            "errors",
            "formatting",
            "logs",
            "memory",
            "paths",
            "settings",
            "lm",
            "library",
            "talk",
            "train",
        ),
        *("tui/screens", "tui/widgets"),
    },
    "__main__": {"cli"},
}


def test_no_folder_imports_what_it_may_not() -> None:
    wrong = {(one, other) for one, other in STRUCTURE.room_arrows() if other not in WALLS[one]}
    assert not wrong


def test_every_allowed_import_is_used() -> None:
    used = STRUCTURE.room_arrows()
    unused = {(one, other) for one, others in WALLS.items() for other in others} - used
    assert not unused


def test_no_module_is_in_a_circle_of_imports() -> None:
    assert circles(STRUCTURE.arrows()) == []


def test_no_folder_is_in_a_circle_of_imports() -> None:
    assert circles(STRUCTURE.room_arrows()) == []


def test_a_circle_is_found() -> None:
    ring = {("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")}
    assert circles(ring) == [{"a", "b", "c"}]
    assert circles({("a", "b"), ("b", "c")}) == []


@pytest.mark.parametrize(
    ("library", "files"),
    [
        ("torch", r"train/\w+\.py"),
        ("clevercsv", r"train/tables\.py"),
        ("pandas", r"train/spreadsheets\.py"),
        ("charset_normalizer", r"train/decoding\.py"),
        ("textual", r"tui/.+"),
        ("textual_plot", r"tui/widgets/loss_chart\.py"),
        ("click", r"cli/.+"),
        ("aiohttp", r"serving/\w+\.py"),
        ("jinja2", r"sharing/rendering\.py"),
        ("resvg_py", r"sharing/card\.py"),
        ("safetensors", r"nothing"),
        ("msgspec", r"(model_schema|tensor_file)\.py"),
        ("pickle", r"nothing"),
    ],
)
def test_a_library_is_imported_only_in_its_place(library: str, files: str) -> None:
    assert all(re.fullmatch(files, file) for file in STRUCTURE.importers(library))
    assert STRUCTURE.importers(library) or files == "nothing"


@pytest.mark.parametrize("library", ["os", "io", "pathlib", "tempfile", "shutil", "torch"])
def test_the_model_itself_knows_no_disk_and_no_torch(library: str) -> None:
    allowed = {"lm/events.py"} if library == "pathlib" else set[str]()  # a path to report
    assert {file for file in STRUCTURE.importers(library) if file.startswith("lm/")} <= allowed


def loaded(code: str) -> set[str]:
    """Return the modules in a process of its own after `code`."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return set(said.stderr.split())


@pytest.mark.parametrize(
    "room",
    [
        *("cli", "cli.train", "cli.tell", "cli.evaluate", "cli.models", "cli.corpora", "cli.share"),
        "cli.serve",
        *("__main__", "lm.events", "lm.config", "train.presets"),
    ],
)
def test_what_is_imported_first_imports_nothing_heavy(room: str) -> None:
    assert not loaded(f"import jokebox.{room}") & HEAVY


def test_the_screen_is_imported_without_what_the_workers_need() -> None:
    modules = loaded("import jokebox.tui.app")
    assert "textual" in modules
    assert not modules & {"torch", "clevercsv", "numpy", "textual_plot"}


def test_telling_from_a_cached_model_needs_neither_torch_nor_clevercsv() -> None:
    shelve("farm", small.untrained())
    modules = loaded(
        "import sys; from jokebox.cli import run; sys.argv[1:] = ['tell', 'Why']; assert run() == 0"
    )
    assert "numpy" in modules
    assert not modules & {"torch", "clevercsv", "textual"}


CHAT = """
import asyncio
from jokebox.tui.app import JokeboxApp
from tests.structure import Structure, circles
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
        await stage.sees("enter opens it")

asyncio.run(chat())
"""


def test_a_talk_with_a_cached_model_needs_neither_torch_nor_clevercsv() -> None:
    save_settings(Settings(words_per_second=0, word_limit=5))
    shelve("farm", endless())
    modules = loaded(CHAT)
    assert "textual_plot" in modules
    assert not modules & {"torch", "clevercsv", "requests"}


def test_every_message_has_a_handler() -> None:
    """Textual finds handlers by name: after a renaming, a message would be lost in silence."""
    handlers, chosen, sent = set[str](), set[str](), set[str]()
    for name, path in STRUCTURE.modules.items():
        if name.startswith("jokebox.tui"):
            source = path.read_text("utf-8")
            handlers |= set(re.findall(r"def (on_\w+)\(", source))
            chosen |= set(re.findall(r"@on\((?:\w+\.)?(\w+)", source))
            sent |= set(_messages(ast.parse(source)))
    assert len(sent) > 15
    unheard = {
        name
        for name in sent
        if _handler(name) not in handlers and name.rpartition(".")[2] not in chosen
    }
    assert not unheard


def _messages(module: ast.Module) -> Iterator[str]:
    for node in (node for node in module.body if isinstance(node, ast.ClassDef)):
        if _is_message(node):
            yield node.name
        yield from (
            f"{node.name}.{inner.name}"
            for inner in node.body
            if isinstance(inner, ast.ClassDef) and _is_message(inner)
        )


def _is_message(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Message" for base in node.bases)


def _handler(name: str) -> str:
    """Return the name that Textual calls: TaskFailed gives on_task_failed."""
    return "on_" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace(".", "_")).lower()
