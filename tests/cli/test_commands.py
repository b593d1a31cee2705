from __future__ import annotations

import subprocess
import sys

import pytest

import jokebox
from jokebox.cli import run
from jokebox.cli.commands import COMMANDS
from tests.cli.shell import PATIENCE, ROOT, shell


def test_the_version_is_printed() -> None:
    assert shell("--version").stdout == f"jokebox {jokebox.__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command_and_says_how_to_complete_them(flag: str) -> None:
    said = shell(flag)
    assert said.returncode == 0
    assert all(f"  {command} " in said.stdout for command in COMMANDS)
    assert "_JOKEBOX_COMPLETE=bash_source" in said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    said = shell(command, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"Usage: jokebox {command}")
    _, line = COMMANDS[command]
    assert " ".join(said.stdout.split()).count(line.removesuffix(".")) == 1


@pytest.mark.parametrize("wrong", [("sing",), ("--loud",), ("models", "show"), ("tell", "a", "b")])
def test_wrong_usage_is_an_error_on_stderr_with_exit_status_2(wrong: tuple[str, ...]) -> None:
    said = shell(*wrong)
    assert (said.returncode, said.stdout) == (2, "")
    assert "--help" in said.stderr


def test_without_a_terminal_the_screen_says_so_in_one_line() -> None:
    said = shell()
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert "terminal" in said.stderr


def test_the_option_model_before_a_command_is_wrong_usage() -> None:
    said = shell("--model", "farm", "tell")
    assert said.returncode == 2
    assert "after tell" in said.stderr


def test_a_lack_of_memory_is_told_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def exhausted(**_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sys, "argv", ["jokebox", "models"])
    monkeypatch.setattr("jokebox.cli.commands.group.main", exhausted)
    assert run() == 1
    said = capsys.readouterr()
    assert said.err.startswith("jokebox: there is too little memory")
    assert (said.out, said.err.count("\n")) == ("", 2)


def test_importing_the_commands_imports_nothing_heavy() -> None:
    code = "import sys, jokebox.cli; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert not set(said.stdout.split()) & {
        "torch",
        "clevercsv",
        "numpy",
        "textual",
        "tqdm",
        "requests",
    }
