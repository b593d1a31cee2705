"""The structure of the package: its modules, which imports which, and the size of its functions.

    python -m tests.structure [PACKAGE]

prints the figures of this checkout's package, or of another one. A room is a module of the
package's root or a folder; tui, tui/screens and tui/widgets are each their own. An arrow is an
import from one room to another, late and type-checking imports counted.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

FACE = "jokebox"  # the package itself: only its version is imported
FOLDERS = ("lm", "train", "talk", "sharing", "serving", "cli", "tui/screens", "tui/widgets", "tui")
LONG_FILE = 300  # lines

Arrows = set[tuple[str, str]]


class Structure:
    """What a package consists of, read from its source without importing it."""

    def __init__(self, package: Path) -> None:
        self.package = package
        self.modules: dict[str, Path] = {}  # by name
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            self.modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path

    @property
    def rooms(self) -> set[str]:
        """The rooms, without the package's face."""
        return {room_of(module) for module in self.modules if module != FACE}

    def arrows(self) -> Arrows:
        """Return which module imports which."""
        return {
            (module, target)
            for module, path in self.modules.items()
            for name in imports(path)
            if (target := self._module_of(name)) is not None and target not in (FACE, module)
        }

    def room_arrows(self) -> Arrows:
        """Return which room imports which."""
        pairs = {(room_of(one), room_of(other)) for one, other in self.arrows()}
        return {(one, other) for one, other in pairs if one != other}

    def importers(self, library: str) -> set[str]:
        """Return the files that import a library."""
        return {
            path.relative_to(self.package).as_posix()
            for path in self.modules.values()
            if any(name.split(".")[0] == library for name in imports(path))
        }

    def functions(self) -> list[tuple[int, str]]:
        """Return the lines of each function, docstring included, and its name."""
        return [
            ((node.end_lineno or node.lineno) - node.lineno + 1, f"{module}.{node.name}")
            for module, path in self.modules.items()
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]

    def _module_of(self, name: str) -> str | None:
        while name.split(".")[0] == FACE:
            if name in self.modules:
                return name
            name = name.rpartition(".")[0]
        return None


def imports(path: Path) -> Iterator[str]:
    """Yield every name that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    """Return the room of a module."""
    path = module.removeprefix(f"{FACE}.").replace(".", "/")
    for folder in FOLDERS:
        if path == folder or path.startswith(f"{folder}/"):
            return folder
    return path


def circles(arrows: Arrows) -> list[set[str]]:
    """Return the groups of nodes that reach one another."""
    following: dict[str, set[str]] = {}
    for one, other in arrows:
        following.setdefault(one, set()).add(other)

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = following.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen

    reach = {node: reached(node) for node in following}
    rings = {
        frozenset(other for other in reach[node] if node in reach.get(other, set()))
        for node in following
        if node in reach[node]
    }
    return [set(ring) for ring in rings]


def main(package: Path) -> None:
    """Print the figures."""
    structure = Structure(package)
    lengths = sorted(structure.functions())
    lines = [length for length, _ in lengths]
    print(f"rooms {len(structure.rooms)}, arrows {len(structure.room_arrows())}")
    for kind, arrows in (("rooms", structure.room_arrows()), ("modules", structure.arrows())):
        rings = circles(arrows)
        print(f"circles of {kind}: {len(rings)}", *(sorted(ring) for ring in rings))
    print(
        f"functions {len(lines)}: mean {statistics.mean(lines):.1f} lines,"
        f" 95th percentile {lines[int(0.95 * len(lines))]},"
        f" longest {lengths[-1][0]} ({lengths[-1][1]})"
    )
    sizes = {
        name: len(path.read_text("utf-8").splitlines()) for name, path in structure.modules.items()
    }
    print(f"lines {sum(sizes.values()):,} in {len(sizes)} files; over {LONG_FILE}:")
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        if size > LONG_FILE:
            print(f"  {size} {name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / FACE)
