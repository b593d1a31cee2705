from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jokebox.lm.text import normalise
from jokebox.lm.tokenizer import (
    BYTES,
    CAPITAL,
    FIRST_WORD,
    UPPER,
    Tokenizer,
    WhitespaceTokenizer,
    WordTokenizer,
    are_single_words,
    pieces,
)
from tests.small import jokes

WORDS = WordTokenizer.fit(
    [*jokes(), "NASA said: Don't panic, McDonald! It's 42.", "狗为什么过马路?"]
)
WHITESPACE = WhitespaceTokenizer.fit(jokes())


@given(st.text())
def test_any_text_is_decoded_as_it_was_normalised(text: str) -> None:
    assert WORDS.decode(WORDS.encode(text)) == normalise(text)


@pytest.mark.parametrize(
    "text",
    [
        "NASA said: don't panic. nAsA, Nasa!",
        "狗为什么过马路? 因为…",
        "👩‍💻 and ☕️ meet; ﬁne ǅ İstanbul ŒUVRE straße STRASSE",
        "นี่คือ हिन्दी עברית e\u0301",
    ],
)
def test_difficult_text_is_decoded_as_it_was_normalised(text: str) -> None:
    assert WORDS.decode(WORDS.encode(text)) == normalise(text)


@given(st.lists(st.integers(0, WORDS.size - 1)))
def test_any_ids_have_a_text(ids: list[int]) -> None:
    assert isinstance(WORDS.decode(ids), str)


@given(st.lists(st.integers(0, WORDS.size - 1), min_size=1))
def test_words_decoded_one_by_one_are_the_text_decoded_at_once(ids: list[int]) -> None:
    told, word = "", [ids[0]]
    for id in ids[1:]:
        if WORDS.begins_word(word[-1], id):
            told += WORDS.decode_spaced(word)
            word = []
        word.append(id)
    assert told + WORDS.decode_spaced(word) == WORDS.decode_spaced(ids)


@given(st.text())
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text


@given(st.text(st.characters(codec="ascii")))
def test_ascii_text_is_split_as_it_is_beside_other_text(text: str) -> None:
    assert pieces(f"{text} é") == [*pieces(text), " é"]


def test_a_word_includes_its_space_and_a_punctuation_mark_is_a_piece_of_its_own() -> None:
    assert pieces(" Don't stop, NASA 42!") == [" Don't", " stop", ",", " NASA", " 42", "!"]


def test_each_character_is_a_word_in_scripts_without_spaces() -> None:
    assert pieces("狗过马路") == ["狗", "过", "马", "路"]


def test_a_capital_costs_a_mark_and_not_a_second_word() -> None:
    assert WORDS.encode("Cow") == [CAPITAL, *WORDS.encode("cow")]
    assert WORDS.encode("COW") == [UPPER, *WORDS.encode("cow")]


def test_unknown_words_are_spelled() -> None:
    assert WORDS.encode("zebra") == [BYTES + byte for byte in b" zebra"]
    assert WORDS.encode("Zebra") == [CAPITAL, *WORDS.encode("zebra")]
    assert WORDS.unknown("zebra") == []


def test_a_case_mark_is_for_one_spelled_word_only() -> None:
    assert WORDS.decode(WORDS.encode("OVZ9xkcd Zebras qwerty")) == "OVZ9xkcd Zebras qwerty"


def test_words_seen_once_are_tokens_only_in_small_corpora() -> None:
    many = [f"joke {'x' * (i % 50)} {i}" for i in range(2000)]
    assert " " + "1999" in WordTokenizer.fit(many[1:]).words
    assert " " + "1999" not in WordTokenizer.fit(many).words


def test_a_large_corpus_keeps_its_most_frequent_words(monkeypatch: pytest.MonkeyPatch) -> None:
    words = WordTokenizer.fit(jokes()).words
    monkeypatch.setattr("jokebox.lm.tokenizer.MAX_WORDS", 10)
    assert WordTokenizer.fit(jokes()).words == words[:10]


def test_every_id_is_below_the_size() -> None:
    for tokenizer in (WORDS, WHITESPACE):
        assert max(id for joke in jokes() for id in tokenizer.encode(joke)) < tokenizer.size
    assert WORDS.size == FIRST_WORD + len(WORDS.words)


def test_the_tutorials_words_are_what_is_between_spaces() -> None:
    tokenizer: Tokenizer = WhitespaceTokenizer.fit(["Why? Because.", "Why? Why not."])
    assert tokenizer.words == ("Why?", "Because.", "Why", "not.")
    assert tokenizer.decode(tokenizer.encode("Why not. maybe Because.")) == "Why not. Because."
    assert tokenizer.unknown("Why not. maybe Because.") == ["maybe"]


@pytest.mark.parametrize(
    ("jokes", "expected"),
    [
        (["Kalin", "O'Brien", "Jean-Luc", "Ødegård"], True),
        (["Kalin"] * 19 + ["van Dyk"], True),
        (["Kalin", "van Dyk"], False),
        (["狗为什么过马路"], False),
        (["😀", "😁"], False),
        ([], False),
    ],
)
def test_names_are_told_from_jokes(jokes: list[str], expected: bool) -> None:
    assert are_single_words(jokes) == expected


def test_names_are_spelled_letter_by_letter() -> None:
    tokenizer = WordTokenizer.fit(["Kalin", "kara"])
    assert tokenizer.words == ()
    ids = tokenizer.encode("Kalin")
    assert ids[0] == CAPITAL
    assert all(BYTES <= id < FIRST_WORD for id in ids[1:])
    assert tokenizer.decode(ids) == "Kalin"
