from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jokebox.lm.text import MAX_LENGTH, MOST_MARKS, normalise, sanitise, word_spans

ANY_TEXT = st.text(st.characters())  # lone surrogates too


@given(ANY_TEXT)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(ANY_TEXT)
def test_cleaned_text_is_one_line_that_a_terminal_can_show(text: str) -> None:
    for passed in (normalise(text), sanitise(text)):
        assert len(passed.splitlines()) <= 1
        assert not {unicodedata.category(c) for c in passed} & {"Cc", "Cs"}
        assert {c for c in passed if unicodedata.category(c) == "Cf"} <= {"\u200c", "\u200d"}
        passed.encode()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Two \t words\r\n and\u00a0more \u2028", "Two words and more"),
        ("\u201cDon\u2019t\u201d\u2026", '"Don\'t"...'),
        ("cafe\u0301", "caf\u00e9"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\u202etxt.exe\u202c", "txt.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud83d a pair", "half a pair"),
        ("👩\u200d🚀 and 为什么", "👩\u200d🚀 and 为什么"),
        ("क्\u200dष", "क्\u200dष"),
        ("", ""),
        ("\x00\x7f\x9b", ""),
    ],
)
def test_a_joke_is_stored_as(text: str, normal: str) -> None:
    assert normalise(text) == normal


def test_a_very_long_text_is_cut() -> None:
    assert normalise("ha " * MAX_LENGTH) == ("ha " * MAX_LENGTH)[:MAX_LENGTH].rstrip()


def test_a_streamed_piece_keeps_its_spacing() -> None:
    assert sanitise(" two  \nlines\x1b ") == " two   lines "


def test_combining_marks_in_a_row_are_limited() -> None:
    for marks in ("\u0300\u0323" * 10_000, "\u0344" * MOST_MARKS):
        cleaned = normalise(f"a{marks}b")
        assert len(cleaned) <= MOST_MARKS + 2
        assert normalise(cleaned) == cleaned
        assert cleaned[-1] == "b"


def test_what_is_far_behind_the_end_is_not_cleaned() -> None:
    assert normalise("é " * 10**6) == ("é " * (MAX_LENGTH // 2)).rstrip()


def test_words_are_found_in_a_text_each_behind_the_one_before() -> None:
    text = "Why, the cow, the owl?"
    spans = word_spans(text, [" the", " the", " zebra", "", "owl"])
    assert [text[slice(*span)] for span in spans] == ["the", "the", "", "", "owl"]
    assert spans[0] < spans[1] <= spans[2] < spans[4]
