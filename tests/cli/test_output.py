from __future__ import annotations

import json
import subprocess
import sys

import pytest

from jokebox.cli.output import is_rank_zero, say, say_json, warn
from tests.cli.shell import PATIENCE, ROOT


def test_control_characters_do_not_reach_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    say("Why \x1b[31mdid\x07")
    warn("the \u202ecow")
    assert capfd.readouterr() == ("Why [31mdid\n", "the cow\n")


def test_what_json_has_no_number_for_is_null(capfd: pytest.CaptureFixture[str]) -> None:
    say_json({"seconds": float("inf"), "bits": float("nan"), "step": 1, "joke": "狗\x1b"})
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line) == {"seconds": None, "bits": None, "step": 1, "joke": "狗\x1b"}
    assert line.isascii()
    assert line.isprintable()


def test_only_rank_0_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert is_rank_zero()
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        assert is_rank_zero() == (rank == "0")


def test_discarded_output_is_lost_even_if_a_library_writes_it() -> None:
    code = (
        "import os; from jokebox.cli.output import discard_output; print('seen', flush=True)\n"
        "discard_output(); print('lost'); os.write(1, b'lost'); os.write(2, b'lost')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "seen\n", "")
