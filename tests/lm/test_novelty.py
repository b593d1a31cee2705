from __future__ import annotations

import pytest

from jokebox.lm.novelty import Copied, Novelty
from tests import small

JOKES = small.jokes()
COWS = [joke for joke in JOKES if "cow" in joke]


def test_a_joke_told_word_for_word_is_recited_whatever_its_case_and_punctuation() -> None:
    novelty = Novelty(JOKES)
    told = JOKES[7].upper().replace("?", " -")
    assert novelty.check(told) == Copied(True, len(JOKES[7].split()), JOKES[7])


def test_half_a_joke_is_copied_but_not_recited() -> None:
    copied = Novelty(COWS).check("Hello! Why did the cow cross my mind?")
    assert copied == Copied(False, 5, COWS[0])


def test_a_copied_run_is_of_one_joke_not_of_two_neighbours() -> None:
    novelty = Novelty(["One two three.", "Four five six."])
    assert novelty.check("two three four five six") == Copied(False, 3, "Four five six.")


def test_a_part_of_a_word_is_not_copied() -> None:
    assert Novelty(["A chicken crossed."]).check("chick cross") == Copied(False, 0, "")


@pytest.mark.parametrize("text", ["", " ", "?!", "zebra"])
def test_a_text_without_known_words_copies_nothing(text: str) -> None:
    assert Novelty(JOKES).check(text) == Copied(False, 0, "")


TELLER = "Why did the bank teller quit? Because she had lost all of her interest in money."


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        (TELLER, True),
        ("Why did the bank teller quit? Because she had lost all of her interest in jam.", True),
        ("Why did the cow leave? Because she had lost all of her interest in money.", False),
        ("Why did the bank teller quit? Because the moon was made of cheese and jam.", False),
        ("She had lost all of it.", False),
        ("Why did the cow go? It was late.", False),
        ("why NOT", True),
        ("", False),
    ],
)
def test_a_text_is_a_copy_if_most_of_its_runs_stand_in_one_joke(text: str, copies: bool) -> None:
    assert Novelty([TELLER, "Why not?", "Because the cow was late."]).copies(text) is copies
