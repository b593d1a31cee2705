"""Running jokebox as a shell does, in a home directory of its own."""

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
    """Return the environment variables for jokebox in `home`, and `more` of them."""
    return {**os.environ, "JOKEBOX_HOME": str(home), "TERM": "xterm-256color", **more}


def see_no_tips(home: Path) -> None:
    """Write settings without the tips of a first launch, which would cover the screen."""
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("tips_seen = true\n")


def train(
    home: Path,
    *options: str,
    command: Sequence[str] = JOKEBOX,
    variables: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the events of `jokebox train --json`; if the run fails, end the benchmark."""
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
