from __future__ import annotations

import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import small
from tests.cli.shell import shell


@pytest.fixture
def jokes(tmp_path: Path) -> str:
    """The path of a joke file."""
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return str(path)


@pytest.fixture(scope="session")
def training(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, CompletedProcess[str]]:
    """A home with the model `farm`, and what `jokebox train --json` said while it was made."""
    home = tmp_path_factory.mktemp("trained")
    jokes = home / "farm.txt"
    jokes.write_text("\n".join(small.jokes()))
    said = shell(
        *("train", "--corpus", str(jokes), "--preset", "tiny", "--hidden-size", "32"),
        *("--max-epochs", "8", "--batch-size", "4", "--sequence-length", "16", "--json"),
        JOKEBOX_HOME=str(home),
    )
    return home, said


@pytest.fixture
def farm(home: Path, training: tuple[Path, CompletedProcess[str]]) -> Path:
    """JOKEBOX_HOME with the model `farm`, the test's own."""
    shutil.copytree(training[0], home)
    return home
