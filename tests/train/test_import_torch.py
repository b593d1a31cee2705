"""Each in a process of its own, where nobody has imported PyTorch yet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MAPS = Path("/proc/self/maps")


def fresh(code: str) -> str:
    """What the code prints in a new process."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import gc, sys\nfrom jokebox.train import import_torch as module\n{code}",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return said.stdout.strip()


def test_pytorch_is_there_and_garbage_is_looked_for_again() -> None:
    code = "module.import_torch(); import torch; print(int(torch.ones(3).sum()), gc.isenabled())"
    assert fresh(code) == "3 True"


def test_what_pytorch_brings_is_never_looked_through_for_garbage() -> None:
    code = "module.import_torch(); print(gc.get_freeze_count() > 50_000)"
    assert fresh(code) == "True"


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not list a process's libraries")
def test_its_largest_library_is_loaded_before_the_import() -> None:
    code = f"module._load_largest_library(); print(open('{MAPS}').read(), 'torch' in sys.modules)"
    said = fresh(code)
    assert "libtorch_cpu.so" in said
    assert said.endswith("False")


def test_a_library_of_another_name_is_left_to_the_import() -> None:
    code = "module.LARGEST[sys.platform] = 'no.so'; module.import_torch(); print('there')"
    assert fresh(code) == "there"
