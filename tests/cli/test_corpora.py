from __future__ import annotations

import json

import pytest

from tests.cli.shell import ROOT, shell


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


CASES = ROOT / "tests" / "train" / "cases"


def test_a_dry_run_says_what_would_be_read_and_stores_nothing() -> None:
    said = shell("corpora", "add", str(CASES / "surplus_tab.tsv"), "--dry-run", "--json")
    found = json.loads(said.stdout)
    assert (found["jokes"], found["separator"], found["encoding"]) == (39, "\t", "utf-8")
    assert found["left_out"] == {"with a wrong number of fields": 1}
    assert found["first_left_out"] == {"line": 31, "why": "3 fields instead of 2"}
    assert found["columns"] == ["2"]
    assert len(found["first"]) == 5
    plain = shell("corpora", "add", str(CASES / "surplus_tab.tsv"), "--dry-run")
    assert "39 jokes in utf-8, separated by tabs" in plain.stdout
    assert "line 31" in plain.stderr
    assert "surplus_tab" not in shell("corpora").stdout


def test_columns_are_joined_in_their_order_and_remembered() -> None:
    path = str(CASES / "qa_two_columns.csv")
    columns = ("--column", "Answer", "--column", "Question")
    added = json.loads(shell("corpora", "add", path, *columns, "--json").stdout)
    assert added["name"] == "qa_two_columns"
    assert added["first_left_out"] is None
    assert added["first"][0].startswith("Because nobody laughed, said the fish. Why did the cow")


def test_a_refusal_of_a_dry_run_is_one_or_two_lines() -> None:
    said = shell("corpora", "add", str(CASES / "html_page.csv"), "--dry-run", "--json")
    assert (said.returncode, said.stdout) == (1, "")
    assert "this is a web page" in said.stderr
    assert len(said.stderr.splitlines()) <= 2
