"""The command `jokebox` in a process of its own, as a shell or a script runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOKEBOX = (sys.executable, "-m", "jokebox")


def shell(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`jokebox ARGUMENTS` in a process of its own, with `given` on its standard input."""
    return subprocess.run(
        [*JOKEBOX, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def start(*arguments: str, ranks: int = 1) -> subprocess.Popen[str]:
    """The same, still running, with its output in pipes; several `ranks` are torchrun's."""
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks))
    return subprocess.Popen(
        [JOKEBOX[0], *(torchrun if ranks > 1 else ()), *JOKEBOX[1:], *arguments],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
