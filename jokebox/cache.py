"""Small JSON files that may go missing: what they hold only saves guessing or typing."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from jokebox import files, paths

MOST = 100  # entries in a file


def recall(what: str) -> dict[str, Any]:
    """Return what is remembered under `what`; nothing if the file is missing or damaged."""
    try:
        values = json.loads(_file(what).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def remember(what: str, values: dict[str, Any]) -> None:
    """Add `values` to what is remembered under `what`; the oldest of over MOST entries go.

    If the disk is full, nothing is remembered and nothing is raised.
    """
    known = {key: value for key, value in recall(what).items() if key not in values} | values
    latest = dict(list(known.items())[-MOST:])
    with contextlib.suppress(OSError):
        files.write_atomically(_file(what), json.dumps(latest).encode())


def _file(what: str) -> Path:
    return paths.data_dir() / "experience" / f"{what}.json"
