from __future__ import annotations

import pytest

from jokebox.lm.search import Found, JokeSearch, spans

JOKES = ["Why did the cow cross?", "A COW, a cow!", "Moo.", "STRASSE or Straße"]


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("cow", Found([0, 1], 3)),
        ("did  the\ncow", Found([0], 1)),
        ("straße", Found([3], 2)),
        (".", Found([2], 1)),
        ("zebra", Found([], 0)),
    ],
)
def test_a_phrase_is_found_anywhere_whatever_its_case(phrase: str, found: Found) -> None:
    assert JokeSearch(JOKES).find(phrase) == found


def test_an_empty_phrase_finds_all_jokes_and_is_not_counted() -> None:
    assert JokeSearch(JOKES).find("  ") == Found(range(4), 0)
    assert spans("A cow.", " ") == []


def test_the_places_of_a_phrase_in_a_joke_are_those_of_its_letters() -> None:
    joke = JOKES[1]
    assert [joke[start:end] for start, end in spans(joke, "cow")] == ["COW", "cow"]
    assert spans("(a+)", "a+)") == [(1, 4)], "a phrase is no pattern"
