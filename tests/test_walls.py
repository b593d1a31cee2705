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
from tests.tui.stage import endless, shelve

PACKAGE = Path(jokebox.__file__).parent
FACE = "jokebox"  # the package itself: only its version is imported
HEAVY = {"torch", "pandas", "numpy", "textual", "textual_plot", "requests", "tqdm"}
FOLDERS = ("lm", "train", "talk", "cli", "tui/screens", "tui/widgets", "tui")

# a folder or module, and what it may import of jokebox; nothing is excepted
WALLS: dict[str, set[str]] = {
    "errors": set(),
    "paths": set(),
    "formatting": set(),
    "files": {"errors"},
    "logs": {"paths"},
    "cache": {"files", "paths"},
    "lm": {"errors"},
    "settings": {"errors", "files", "paths", "lm"},
    "model_file": {"errors", "lm"},
    "library": {"errors", "files", "paths", "lm", "model_file"},
    "talk": {"errors", "files", "paths", "lm"},
    "train": {"errors", "files", "paths", "cache", "lm", "library"},
    "cli": {
        *("errors", "formatting", "logs", "paths", "settings", "lm", "library", "talk", "train"),
        "tui",  # to open the screen
    },
    "tui/widgets": {"errors", "formatting", "settings", "lm", "talk", "train"},
    "tui/screens": {
        *("errors", "files", "formatting", "cache", "lm", "library", "talk", "train"),
        "tui/widgets",
    },
    "tui": {
        *("errors", "formatting", "logs", "paths", "settings", "lm", "library", "talk", "train"),
        *("tui/screens", "tui/widgets"),
    },
    "__main__": {"cli"},
}


def modules() -> dict[str, Path]:
    """Return the files of the package by their modules' names."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """Yield every name that the file imports, late and type-checking imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """Return the module of jokebox that has the imported `name`, if it is one of ours."""
    while name.startswith(FACE):
        if name in MODULES:
            return name
        name = name.rpartition(".")[0]
    return None


def room_of(module: str) -> str:
    """Return the folder of a module, or the module itself if it is in the package's root."""
    path = module.removeprefix(f"{FACE}.").replace(".", "/")
    for folder in FOLDERS:
        if path == folder or path.startswith(f"{folder}/"):
            return folder
    return path


def arrows() -> set[tuple[str, str]]:
    """Return who imports whom, as modules; the version in the package's face is left out."""
    return {
        (module, target)
        for module, path in MODULES.items()
        for name in imports(path)
        if (target := module_of(name)) not in (None, FACE, module)
    }  # type: ignore[return-value]


def room_arrows() -> set[tuple[str, str]]:
    """Return who imports whom, as rooms."""
    pairs = {(room_of(one), room_of(other)) for one, other in arrows()}
    return {(one, other) for one, other in pairs if one != other}


def circles(arrows: set[tuple[str, str]]) -> list[set[str]]:
    """Return the groups of nodes that reach one another (Tarjan's strongly connected ones)."""
    following: dict[str, set[str]] = {}
    for one, other in arrows:
        following.setdefault(one, set()).add(other)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for node in following.get(todo.pop(), set()) - seen:
                seen.add(node)
                todo.append(node)
        return seen

    reach = {node: reached(node) for node in following}
    rings = {
        frozenset(other for other in reach[node] if node in reach.get(other, set()))
        for node in following
        if node in reach[node]
    }
    return [set(ring) for ring in rings]


def test_no_folder_imports_what_it_may_not() -> None:
    wrong = {(one, other) for one, other in room_arrows() if other not in WALLS[one]}
    assert not wrong


def test_every_allowed_import_is_used() -> None:
    used = room_arrows()
    unused = {(one, other) for one, others in WALLS.items() for other in others} - used
    assert not unused


def test_no_module_is_in_a_circle_of_imports() -> None:
    assert circles(arrows()) == []


def test_no_folder_is_in_a_circle_of_imports() -> None:
    assert circles(room_arrows()) == []


def test_a_circle_is_found() -> None:
    ring = {("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")}
    assert circles(ring) == [{"a", "b", "c"}]
    assert circles({("a", "b"), ("b", "c")}) == []


def importers(library: str) -> set[str]:
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES.values()
        if any(name.split(".")[0] == library for name in imports(path))
    }


@pytest.mark.parametrize(
    ("library", "files"),
    [
        ("torch", r"train/\w+\.py"),
        ("pandas", r"train/joke_files\.py"),
        ("textual", r"tui/.+"),
        ("textual_plot", r"tui/widgets/loss_chart\.py"),
        ("click", r"cli/.+"),
        ("safetensors", r"model_file\.py"),
        ("pickle", r"nothing"),
    ],
)
def test_a_library_is_imported_only_in_its_place(library: str, files: str) -> None:
    assert all(re.fullmatch(files, file) for file in importers(library))
    assert importers(library) or library == "pickle"


@pytest.mark.parametrize("library", ["os", "io", "pathlib", "tempfile", "shutil", "torch"])
def test_the_model_itself_knows_no_disk_and_no_torch(library: str) -> None:
    allowed = {"lm/events.py"} if library == "pathlib" else set[str]()  # a path to report
    assert {file for file in importers(library) if file.startswith("lm/")} <= allowed


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


@pytest.mark.parametrize("room", ["cli", "__main__", "lm.events", "lm.config", "train.presets"])
def test_what_is_imported_first_imports_nothing_heavy(room: str) -> None:
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
        await stage.sees("enter opens it")

asyncio.run(chat())
"""


def test_a_talk_with_a_cached_model_needs_neither_torch_nor_pandas() -> None:
    save_settings(Settings(words_per_second=0, word_limit=5))
    shelve("farm", endless())
    modules = loaded(CHAT)
    assert "textual_plot" in modules
    assert not modules & {"torch", "pandas", "requests"}


def test_every_message_has_a_handler() -> None:
    """Textual finds handlers by name: after a renaming, a message would be lost in silence."""
    handlers, chosen, sent = set[str](), set[str](), set[str]()
    for name, path in MODULES.items():
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
