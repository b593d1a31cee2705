"""In a process of its own, which has not imported PyTorch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jokebox.train import import_torch as module

MAPS = Path("/proc/self/maps")
CODE = """
import gc, json, sys, weakref
from jokebox.train import import_torch as module
module._load_largest_library()
said = {"early": "torch" in sys.modules}
try:
    said["maps"] = open("/proc/self/maps").read()
except OSError:
    pass
class Held:
    pass
def importing():
    held = Held()
    yield weakref.ref(held)
    module.import_torch()  # by a run, which is a generator
    yield
run = importing()
held = next(run)
next(run)
run.close()
said["held"] = held() is not None
import torch
said |= {"sum": int(torch.ones(3).sum()), "collects": gc.isenabled()}
said["frozen"] = gc.get_freeze_count()
from jokebox.train.adamw import AdamW
weight = torch.nn.Parameter(torch.ones(3, 3))
weight.sum().backward()
AdamW([weight], 0.1, 0.1).step()
torch.nn.utils.clip_grad_norm_([weight], 1.0)
said["compiler"] = "torch._dynamo" in sys.modules
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """Return what such a process finds before and after the import."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=300
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_pytorch_is_imported_and_garbage_is_collected_again(said: dict[str, Any]) -> None:
    assert said["sum"] == 3
    assert said["collects"]


def test_what_pytorch_brings_is_never_searched_for_garbage(said: dict[str, Any]) -> None:
    assert said["frozen"] > 50_000


def test_what_the_caller_holds_is_let_go(said: dict[str, Any]) -> None:
    assert not said["held"]


def test_a_step_does_not_bring_what_compiles_networks(said: dict[str, Any]) -> None:
    assert not said["compiler"]


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not list a process's libraries")
def test_its_largest_library_is_loaded_before_the_import(said: dict[str, Any]) -> None:
    assert "libtorch_cpu.so" in said["maps"]
    assert not said["early"]


def test_a_library_of_another_name_is_left_to_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.LARGEST, sys.platform, "no.so")
    module._load_largest_library()
