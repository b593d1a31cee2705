"""jokebox as a shell runs it, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
JOKEBOX = (sys.executable, "-m", "jokebox")


def environment(home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "JOKEBOX_HOME": str(home), "TERM": "xterm-256color", **more}


def see_no_tips(home: Path) -> None:
    """As after a first launch: nothing lies over the screen."""
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("tips_seen = true\n")


def train(
    home: Path,
    *options: str,
    command: Sequence[str] = JOKEBOX,
    variables: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The events of `jokebox train --json`; a run that fails ends the benchmark."""
    done = subprocess.run(
        [*command, "train", "--json", *options],
        cwd=ROOT,
        env=environment(home, **(variables or {})),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"jokebox train {' '.join(options)} failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]
