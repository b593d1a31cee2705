from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """JOKEBOX_HOME in a folder of the test's own: no test touches the user's directories."""
    home = tmp_path / "home"
    monkeypatch.setenv("JOKEBOX_HOME", str(home))
    return home
