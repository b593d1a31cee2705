"""Nothing but `corpora fetch` opens a connection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import small
from tests.faults import campaign

ROOT = Path(__file__).parents[2]
AUDIT = """
import sys
def audit(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        print("CONNECTS", event, arguments, file=sys.stderr)
        raise ConnectionRefusedError("no network in this test")
sys.addaudithook(audit)
"""
JOKES = ROOT / "tests/formats/home/data/corpora/animals.csv"
COMMANDS = (
    f"train --corpus {JOKES} --preset tiny --max-epochs 1 --model new",
    *("models", "models show farm", "tell Why", "eval --model farm", "keys", "paths", "--help"),
    *("corpora", f"corpora add {JOKES}", "models export farm out.safetensors"),
    *("models rename farm barn", "models remove barn", "train --resume"),
)
SCREEN = """
import asyncio
from jokebox.tui.app import JokeboxApp
async def visit():
    app = JokeboxApp()
    async with app.run_test(size=(140, 45)) as pilot:
        for key in ("a", "enter", *(f"f{n}" for n in range(1, 10)), "shift+f2", "ctrl+r", "ctrl+p"):
            app.simulate_key(key)
            await asyncio.sleep(0.2)
            app.simulate_key("escape")
            await asyncio.sleep(0.05)
        app.exit()
asyncio.run(visit())
"""
USAGE = 2
CLI = "import jokebox.__main__ as main; main.main()"


def connections(program: str, *arguments: str) -> str:
    """Run a program; return the lines that say which connections it wanted."""
    command = [sys.executable, "-c", AUDIT + program, *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert said.returncode != USAGE, said.stderr
    return "\n".join(line for line in said.stderr.splitlines() if "CONNECTS" in line)


def test_no_command_and_no_screen_opens_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.shelve("farm", small.fluent())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def case(command: str) -> int:
        if command == "screen":
            found = connections(SCREEN)
        else:
            where = [str(tmp_path / w) if w.startswith("out.") else w for w in command.split()]
            found = connections(CLI, *where)
        assert not found, found
        return 0

    chosen = [*COMMANDS, "screen"] if campaign.LONG else ["tell Why"]
    campaign.run("network", chosen, case)


def test_fetching_a_corpus_opens_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert "CONNECTS" in connections(CLI, "corpora", "fetch", "reddit-cleanjokes")
