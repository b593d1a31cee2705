"""docs/architecture.md is true: it names what there is, and nothing that is gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_walls import PACKAGE, STRUCTURE, WALLS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
FACES = {path for path in STRUCTURE.modules.values() if path.name == "__init__.py"}
FILES = {path.relative_to(PACKAGE) for path in STRUCTURE.modules.values()} - {
    path.relative_to(PACKAGE) for path in FACES
}


def test_every_module_is_on_the_map() -> None:
    named = set(re.findall(r"`(?:[\w/]+/)?(\w+\.py)`", PAGE))
    assert {file.name for file in FILES} <= named


def test_every_file_on_the_map_exists() -> None:
    for name in re.findall(r"`([\w/]+\.(?:py|tcss))`", PAGE):
        places = (ROOT / name, ROOT / "tests" / name, *PACKAGE.rglob(Path(name).name))
        assert any(place.exists() for place in places), name


def test_every_wall_is_explained() -> None:
    table = PAGE.partition("## The walls")[2].partition("## Who decides")[0]
    rows = re.findall(r"^\| `([\w/]+)` \| ([^|]+) \|", table, re.MULTILINE)
    assert len(rows) > 5
    for part, closed in rows:
        for wall in re.findall(r"`([\w/]+)`", closed):
            assert (wall in WALLS[part]) == ("anything but" in closed), (part, wall)


@pytest.mark.parametrize("file", sorted(FILES), ids=str)
def test_every_module_has_its_tests(file: Path) -> None:
    own = ROOT / "tests" / file.parent / f"test_{file.name}"
    table = PAGE.partition("| module | covered by |")[2]
    elsewhere = re.search(rf"^\| `{re.escape(file.as_posix())}` \| `([\w/.]+)` \|", table, re.M)
    if elsewhere:
        assert not own.exists(), "it has tests of its own"
        assert (ROOT / "tests" / elsewhere[1]).exists()
    else:
        assert own.exists()
