from __future__ import annotations

import json

import pytest

from jokebox.library import Library
from tests.cli.shell import shell

pytestmark = pytest.mark.usefixtures("trained_farm")


def test_json_has_the_score_beside_what_needs_no_network() -> None:
    said = shell("eval", "--split", "test", "--json")
    assert said.returncode == 0, said.stderr
    result = json.loads(said.stdout)
    model = Library().load("farm")
    assert (result["model"], result["split"]) == ("farm", "test")
    assert result["jokes"] == len(model.corpus.test)
    assert result["bytes"] == sum(len(joke.encode()) + 1 for joke in model.corpus.test)
    assert result["perplexity_per_token"] > 1
    frequencies, trigram = (
        result["baselines"][name] for name in ("word_frequencies", "word_3gram")
    )
    assert 0 < trigram < frequencies
    assert result["baselines"]["lzma"] > 0


def test_it_is_the_score_that_training_reported() -> None:
    model = Library().load("farm")
    for split, reported in (
        ("validation", model.validation_bits_per_byte),
        ("test", model.test_bits_per_byte),
    ):
        result = json.loads(shell("eval", "--split", split, "--json").stdout)
        assert result["bits_per_byte"] == pytest.approx(reported, rel=0.001)


def test_a_model_is_scored_on_another_corpus(jokes: str) -> None:
    result = json.loads(shell("eval", "--corpus", jokes, "--json").stdout)
    assert result["jokes"] == len(Library().load("farm").corpus.validation)


def test_a_person_gets_a_table() -> None:
    said = shell("eval", "--model", "farm")
    rows = [line.split()[-1] for line in said.stdout.splitlines()[1:4]]
    assert all(float(bits) > 0 for bits in rows)
    assert "word 3-gram" in said.stdout
    assert "compressor" in said.stdout


def test_how_to_read_a_file_needs_a_file() -> None:
    for option in (("--column", "joke"), ("--blocks",), ("--encoding", "cp1251")):
        said = shell("eval", *option)
        assert said.returncode == 2
        assert "--corpus" in said.stderr
