"""Give memory that is no longer used back to the system."""

from __future__ import annotations

import gc
import sys


def release_memory() -> None:
    """Give back what a run has left behind.

    The C library of Linux keeps memory that was freed, for each thread: 200 MB after a run.
    """
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)
