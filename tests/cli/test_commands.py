from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import jokebox
from jokebox.library import Library
from jokebox.settings import Settings, load_settings, save_settings
from tests.cli.shell import ROOT, shell

COMMANDS = ("train", "tell", "eval", "models", "corpora", "paths")


def test_the_version_is_told() -> None:
    assert shell("--version").stdout == f"jokebox {jokebox.__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command_and_how_to_complete_them(flag: str) -> None:
    said = shell(flag)
    assert said.returncode == 0
    assert all(f"  {command} " in said.stdout for command in COMMANDS)
    assert "_JOKEBOX_COMPLETE=bash_source" in said.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    said = shell(command, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"Usage: jokebox {command}")


@pytest.mark.parametrize("wrong", [("sing",), ("--loud",), ("models", "show"), ("tell", "a", "b")])
def test_wrong_usage_is_told_on_stderr_with_exit_2(wrong: tuple[str, ...]) -> None:
    said = shell(*wrong)
    assert (said.returncode, said.stdout) == (2, "")
    assert "--help" in said.stderr


def test_without_a_terminal_the_screen_says_so_in_one_line() -> None:
    said = shell()
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1
    assert "terminal" in said.stderr


def test_model_before_a_command_is_not_ignored() -> None:
    said = shell("--model", "farm", "tell")
    assert said.returncode == 2
    assert "after tell" in said.stderr


def test_importing_the_commands_brings_in_nothing_heavy() -> None:
    code = "import sys, jokebox.cli; print(*sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(said.stdout.split()) & {
        "torch",
        "pandas",
        "numpy",
        "textual",
        "tqdm",
        "requests",
    }


@pytest.mark.usefixtures("farm")
def test_models_are_listed_shown_renamed_and_removed() -> None:
    save_settings(Settings(model="farm"))
    assert "farm" in shell("models").stdout
    assert shell("models", "list").stdout == shell("models").stdout
    shown = shell("models", "show", "farm").stdout
    for fact in (f"{len(Library().load('farm').corpus.training)} training", "1 x 32", "per byte"):
        assert fact in shown
    assert shell("models", "rename", "farm", "stable").returncode == 0
    assert load_settings().model == "stable"
    assert [entry.name for entry in Library().models()] == ["stable"]
    assert shell("models", "remove", "stable").returncode == 0
    assert Library().models() == []
    assert "jokebox train" in shell("models").stderr


@pytest.mark.usefixtures("farm")
def test_a_model_goes_through_one_file(tmp_path: Path) -> None:
    file = str(tmp_path / "farm.safetensors")
    assert shell("models", "export", "farm", file).returncode == 0
    again = shell("models", "export", "farm", file)
    assert (again.returncode, again.stderr.count("there already")) == (1, 1)
    taken = shell("models", "import", file)
    assert (taken.returncode, taken.stderr.count("taken")) == (1, 1)
    assert shell("models", "import", file, "--name", "barn").stdout == "Imported as barn.\n"
    assert {entry.name for entry in Library().models()} == {"farm", "barn"}


@pytest.mark.parametrize("how", [("show",), ("remove",), ("rename", "new")])
def test_a_model_that_is_not_there_is_an_error(how: tuple[str, ...]) -> None:
    said = shell("models", how[0], "nothing", *how[1:])
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("jokebox: no such model: ")


def test_corpora_are_added_listed_and_removed(jokes: str) -> None:
    assert shell("corpora", "add", jokes, "--name", "barn").returncode == 0
    listed = shell("corpora").stdout
    assert shell("corpora", "list").stdout == listed
    kinds = {"originals": "bundled", "barn": "added", "reddit-cleanjokes": "not fetched"}
    for name, kind in kinds.items():
        assert any(line.startswith(name) and kind in line for line in listed.splitlines())
    assert shell("corpora", "remove", "barn").returncode == 0
    assert "barn" not in shell("corpora").stdout


@pytest.mark.parametrize(
    "how", [("add", "nowhere.csv"), ("fetch", "nothing"), ("remove", "originals")]
)
def test_what_cannot_be_done_with_a_corpus_is_an_error(how: tuple[str, ...]) -> None:
    said = shell("corpora", *how)
    assert (said.returncode, said.stdout) == (1, "")
    assert len(said.stderr.splitlines()) <= 2


def test_paths_are_told_to_people_and_to_scripts(home: Path) -> None:
    places = json.loads(shell("paths", "--json").stdout)
    assert places["models"] == str(home / "data" / "models")
    for place in places.values():
        assert place in shell("paths").stdout


@pytest.mark.usefixtures("farm")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("jokebox tell --model f", "farm"),
        ("jokebox models show f", "farm"),
        ("jokebox train --corpus o", "originals"),
        ("jokebox train --preset ti", "tiny"),
        ("jokebox ev", "eval"),
    ],
)
def test_the_shell_completes_commands_and_names(typed: str, completed: str) -> None:
    said = shell(
        _JOKEBOX_COMPLETE="bash_complete",
        COMP_WORDS=typed,
        COMP_CWORD=str(len(typed.split()) - 1),
    )
    assert said.stdout == f"plain,{completed}\n"
