"""Fuzzing with atheris, which looks for inputs that reach new code; the long form only."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.campaign import LONG, SEED

RUNS = {"text": 200_000, "tokenizer": 200_000, "jokes": 100_000, "model": 20_000}
DONE = re.compile(r"Done (\d+) runs")


@pytest.mark.skipif(not LONG, reason="only in the long form: make faults")
@pytest.mark.parametrize("target", RUNS)
def test_no_input_is_too_odd(target: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="atheris is not installed: make faults installs it")
    options = (
        f"-runs={RUNS[target]}",
        f"-seed={SEED}",
        "-max_len=1000",
        f"-artifact_prefix={tmp_path}/",
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.fuzz", target, *options],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    said = DONE.search(done.stderr)
    assert said, done.stderr[-3000:]
    assert done.returncode == 0
    print(f"\nfuzzing {target}: cases {said[1]}, survived {said[1]}, losses 0")
