"""The command `jokebox` in a process of its own, as a shell or a script runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOKEBOX = (sys.executable, "-m", "jokebox")
PATIENCE = 300  # seconds


def shell(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `jokebox ARGUMENTS` in a process of its own, with `given` on its standard input."""
    return subprocess.run(
        [*JOKEBOX, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def start(*arguments: str, ranks: int = 1) -> Iterator[subprocess.Popen[str]]:
    """Start the same, with its output in pipes; torchrun starts several `ranks`."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # pytest runs in the background of a shell: what it starts would ignore ctrl-c, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks))
    with subprocess.Popen(
        [JOKEBOX[0], *(torchrun if ranks > 1 else ()), *JOKEBOX[1:], *arguments],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # if the test failed before its end
