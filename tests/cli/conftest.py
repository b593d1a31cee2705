from __future__ import annotations

from pathlib import Path

import pytest

from jokebox.lm.checkpoint import Checkpoint
from tests import small


@pytest.fixture
def jokes(tmp_path: Path) -> str:
    """Write a joke file; return its path."""
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return str(path)


@pytest.fixture
def farm(home: Path) -> Path:
    """Save the model `farm`, which tells jokes without having been trained; return JOKEBOX_HOME."""
    small.shelve("farm", small.fluent())
    return home


@pytest.fixture(scope="session")
def trained() -> Checkpoint:
    """Return a model that was really trained."""
    return small.trained(small.corpus())


@pytest.fixture
def trained_farm(home: Path, trained: Checkpoint) -> Path:
    """Save the really trained model as `farm`; return JOKEBOX_HOME."""
    small.shelve("farm", trained)
    return home
