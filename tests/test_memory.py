from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource
from jokebox.memory import release_memory

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

rows = [bytes(1000) for _ in range(100_000)]
kept = rows[::1000]  # small pieces that keep the heap from shrinking by itself
full = resident()
del rows
release_memory()
print(full - resident())
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="it is the C library of Linux that keeps memory"
)
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 50e6
