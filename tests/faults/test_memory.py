"""Too little memory: each command does its work, or says so in two lines."""

from __future__ import annotations

import resource
import signal
import subprocess
from itertools import product
from pathlib import Path

from tests import small
from tests.faults import campaign
from tests.terminal import JOKEBOX

ROOT = Path(__file__).parents[2]
JOKES = ROOT / "tests/formats/home/data/corpora/animals.csv"
COMMANDS = (
    *("tell Why", "models", "eval --model farm"),
    f"train --corpus {JOKES} --preset tiny --max-epochs 1 --model new",
)
LIMITS = (300, 500, 700, 1000, 1500, 2000, 3000, 4000)  # MB of address space


def test_each_command_works_or_says_that_there_is_too_little_memory() -> None:
    small.shelve("farm", small.fluent())

    def case(chosen: tuple[str, int]) -> int:
        command, megabytes = chosen

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)

        said = subprocess.run(
            [*JOKEBOX, *command.split()],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            preexec_fn=limited,
        )
        assert "Traceback" not in said.stderr, f"{said.returncode}: {said.stderr}"
        # PyTorch ends the process itself if it cannot load its libraries
        aborted = said.returncode == -signal.SIGABRT and "std::bad_alloc" in said.stderr
        assert aborted or said.returncode in (0, 1), f"{said.returncode}: {said.stderr}"
        return 0

    campaign.run("memory", campaign.some(product(COMMANDS, LIMITS), 1), case)
