from __future__ import annotations

from pathlib import Path

import pytest

from tests import small
from tests.cli.shell import shell


@pytest.fixture
def talk(farm: Path) -> str:
    """Keep two talks with the model `farm`; return the name of the first."""
    first = small.keep_talk(small.fluent(), "Why did the cow")
    small.keep_talk(small.fluent(), "Why did the duck")
    return first


@pytest.mark.parametrize("suffix", [".html", ".svg", ".png"])
def test_without_a_name_the_newest_talk_is_shared(talk: str, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"talk{suffix}"
    said = shell("share", str(file))
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == f"Written to {file}\n"
    content = file.read_bytes()
    assert (b"duck" in content) == (suffix != ".png")
    assert b"cow<" not in content


def test_talks_and_models_can_be_named_several_times(talk: str, tmp_path: Path) -> None:
    small.shelve("barn", small.untrained())
    file = tmp_path / "all.html"
    names = ("--talk", talk, "--talk", "why did the D", "--model", "farm", "--model", "barn")
    said = shell("share", str(file), *names)
    assert said.returncode == 0, said.stderr
    content = file.read_text("utf-8")
    assert content.count('<section class="talk">') == 2
    assert ">farm<" in content
    assert ">barn<" in content


def test_curves_are_written_as_csv(farm: Path, tmp_path: Path) -> None:
    file = tmp_path / "curves.csv"
    assert shell("share", str(file), "--model", "farm").returncode == 0
    assert file.read_text().startswith("run,step,epoch,minutes,kind,bits_per_byte\nfarm,10,")


def test_a_file_that_exists_is_left_alone(talk: str, tmp_path: Path) -> None:
    file = tmp_path / "talk.html"
    file.write_text("mine")
    said = shell("share", str(file))
    assert said.returncode == 1
    assert "that file exists" in said.stderr
    assert file.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("talk.doc",), 2, ".html, .csv, .svg, .png"),
        (("talk.html", "--talk", "zoo"), 1, "no such talk"),
        (("talk.html", "--model", "zoo"), 1, "no such model"),
        (("no/such/folder/talk.html",), 1, "no/such/folder"),
        (("curves.csv",), 1, "--model"),
        (("card.svg", "--joke", "9"), 1, "no joke 9"),
    ],
)
def test_what_cannot_be_shared_is_said(
    talk: str, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    (tmp_path / "no").write_text("")
    file, *rest = arguments
    told = shell("share", str(tmp_path / file), *rest)
    assert (told.returncode, said in told.stderr) == (status, True), told.stderr


def test_before_anything_was_said_there_is_nothing_to_share(tmp_path: Path) -> None:
    said = shell("share", str(tmp_path / "talk.html"))
    assert said.returncode == 1
    assert "nothing to share" in said.stderr
