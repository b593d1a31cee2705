from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shell import shell


def test_paths_are_printed_for_people_and_for_scripts(home: Path) -> None:
    places = json.loads(shell("paths", "--json").stdout)
    assert places["models"] == str(home / "data" / "models")
    for place in places.values():
        assert place in shell("paths").stdout
