"""python -m jokebox, and the `jokebox` command."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

# Talking takes one thread, so that it does not fight training for the cores; and OpenBLAS reads
# this once, when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal can write every joke
    from jokebox.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
