from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests import small
from tests.cli.shell import shell

ASK = ("--prompt", "Why did the cow", "--seed", "1")


@pytest.fixture(autouse=True)
def barn(farm: Path) -> Path:
    """Save a second model, which has learnt the same jokes and talks otherwise."""
    small.shelve("barn", replace(small.untrained(), validation_bits_per_byte=3.25))
    return farm


def test_two_models_answer_the_same_prompt_and_are_scored_beside_what_needs_no_network() -> None:
    said = shell("compare", "farm", "barn", *ASK)
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "farm"
    assert lines[1].startswith("  Why did the cow ")
    assert "[" in lines[3]
    assert "Seed 1." in lines[4]
    for row in ("word frequencies", "word 3-gram", "compressor", "farm", "barn              3.250"):
        assert any(line.startswith(f"  {row}") for line in lines[5:])


def test_json_has_the_words_that_differ_and_the_curves() -> None:
    said = json.loads(shell("compare", "farm", "barn", *ASK, "--json").stdout)
    one, other = said["answers"]
    assert (said["prompt"], said["seed"], said["same_jokes"]) == ("Why did the cow", 1, True)
    assert (one["model"], other["model"]) == ("farm", "barn")
    assert one["text"] == "".join(word["word"] for word in one["words"]).strip()
    assert any(word["differs"] for word in other["words"])
    assert one["curve"] == [[0, 3.5], [40, 2.5]]
    assert said["baselines"].keys() == {"word_frequencies", "word_3gram", "lzma"}


def test_two_settings_of_one_model_can_be_compared() -> None:
    said = json.loads(shell("compare", "farm:careful", "farm:wild", *ASK, "--json").stdout)
    assert [answer["temperature"] for answer in said["answers"]] == [0.5, 1.2]


def test_scores_on_different_jokes_are_not_compared() -> None:
    small.shelve("zoo", small.fluent(small.corpus(50)))
    said = shell("compare", "farm", "zoo", *ASK).stdout
    assert "scored on different jokes" in said
    assert "3-gram" not in said


@pytest.mark.parametrize(
    ("other", "status", "hint"),
    [
        ("tutorial", 1, "jokebox train --preset tutorial --model tutorial"),
        ("farm@7", 1, "A run keeps up to a dozen"),
        ("farm:rude", 2, "careful|normal|wild"),
    ],
)
def test_what_cannot_be_compared_is_said_with_what_to_do(
    other: str, status: int, hint: str
) -> None:
    said = shell("compare", "farm", other)
    assert (said.returncode, hint in said.stderr) == (status, True), said.stderr
