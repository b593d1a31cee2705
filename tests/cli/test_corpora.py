from __future__ import annotations

import pytest

from tests.cli.shell import shell


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
def test_an_impossible_change_of_a_corpus_is_an_error(how: tuple[str, ...]) -> None:
    said = shell("corpora", *how)
    assert (said.returncode, said.stdout) == (1, "")
    assert len(said.stderr.splitlines()) <= 2
