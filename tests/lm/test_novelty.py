from __future__ import annotations

import pytest

from jokebox.lm.novelty import Copied, Novelty, common_run
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


def test_the_longest_common_run_is_found_in_both_texts_as_they_are_written() -> None:
    told, source = "Why did the COW, the old cow, cross?", "A cow: the old cow cross'd. Why did he?"
    here, there = common_run(told, source)
    assert (told[here], source[there]) == ("COW, the old cow", "cow: the old cow")


def test_texts_without_a_common_word_have_no_common_run() -> None:
    assert common_run("One. Two!", "Three - four") == (slice(0), slice(0))
    assert common_run("", "?!") == (slice(0), slice(0))
