"""The entry point of `python -m jokebox` and of the `jokebox` command."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper

# Talking uses one thread, so that it does not compete with training for the cores. OpenBLAS reads
# this only once, when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def main() -> None:
    """Run the command line, and exit with its status."""
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # while importing, ctrl-c leaves no traceback
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every terminal can show every character
    from jokebox.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
