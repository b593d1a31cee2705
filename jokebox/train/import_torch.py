"""PyTorch, imported by a worker while the screen goes on answering."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path

LARGEST = {"linux": "libtorch_cpu.so", "darwin": "libtorch_cpu.dylib"}


def import_torch() -> None:
    """Import torch for the first time, and let other threads go on meanwhile."""
    if "torch" in sys.modules:
        return
    _load_largest_library()
    gc.disable()  # a look for garbage among all that is new would hold the GIL for 40 ms
    try:
        import torch._dynamo  # noqa: F401 - what the first optimizer would import
    finally:
        gc.freeze()  # it is here to stay
        gc.enable()


def _load_largest_library() -> None:
    """Load most of PyTorch without the GIL.

    `import` holds it while the system loads a library, for 0.2 s here; a C function called through
    ctypes does not. `import` then finds it loaded, and says what is wrong where it is not.
    """
    spec = find_spec("torch")
    if spec is not None and spec.origin is not None and sys.platform in LARGEST:
        path = Path(spec.origin).parent / "lib" / LARGEST[sys.platform]
        ctypes.CDLL(None).dlopen(os.fsencode(path), os.RTLD_NOW)
