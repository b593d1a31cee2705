"""The first import of PyTorch, made by a worker while the screen keeps answering."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

LARGEST = {"linux": "libtorch_cpu.so", "darwin": "libtorch_cpu.dylib"}
# Operations that oneDNN keeps compiled. A run needs some 30. With its own 1,024, all the shapes of
# the jokes that are scored stay in memory after the run: 80 MB.
CAPACITIES = {"LRU_CACHE_CAPACITY": "64", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64"}


def import_torch() -> None:
    """Import torch if it was not imported yet, and let other threads run meanwhile.

    It is imported in a thread that ends, because some frames of the import are never let go, and
    with them everything that the frames below them hold.
    """
    if "torch" not in sys.modules:
        for name, capacity in CAPACITIES.items():
            os.environ.setdefault(name, capacity)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_import).result()


def _import() -> None:
    _load_largest_library()
    gc.disable()  # collecting garbage among all the new objects would hold the GIL for 40 ms
    try:
        import torch  # noqa: F401
    finally:
        gc.freeze()  # what was imported stays
        gc.enable()


def _load_largest_library() -> None:
    """Load most of PyTorch without holding the GIL.

    `import` holds the GIL while the system loads a library, for 0.2 s; a C function called through
    ctypes does not. `import` then finds the library loaded. If it was not, `import` raises the
    error.
    """
    spec = find_spec("torch")
    if spec is not None and spec.origin is not None and sys.platform in LARGEST:
        path = Path(spec.origin).parent / "lib" / LARGEST[sys.platform]
        ctypes.CDLL(None).dlopen(os.fsencode(path), os.RTLD_NOW)
