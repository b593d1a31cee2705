from __future__ import annotations

import os
from pathlib import Path

import pytest

# Tests run side by side, a process a core. A second torch thread in each makes them wait for one
# another: small runs took ten times as long. The commands under test inherit this.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """JOKEBOX_HOME in a folder of the test's own: no test touches the user's directories."""
    home = tmp_path / "home"
    monkeypatch.setenv("JOKEBOX_HOME", str(home))
    return home
