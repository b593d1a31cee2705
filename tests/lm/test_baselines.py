from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jokebox.lm.baselines import (
    JOKE_END,
    SYMBOLS,
    WORD_END,
    Speller,
    WittenBell,
    WordNgram,
    compressed_bits,
    score_baselines,
)
from jokebox.lm.scoring import bits_per_byte
from tests import small

JOKES = small.jokes()
LETTERS = "abc."  # "." ends a sequence


@given(
    st.lists(st.text("abc", max_size=8), min_size=1, max_size=8),
    st.text(LETTERS, max_size=6),
    st.integers(1, 5),
)
def test_the_probabilities_of_what_may_follow_sum_to_one(
    told: list[str], history: str, order: int
) -> None:
    model = WittenBell(told, order, end=".")
    likely = [model.probability(tuple(history), letter, 1 / len(LETTERS)) for letter in LETTERS]
    assert sum(likely) == pytest.approx(1)
    assert min(likely) > 0


@given(st.lists(st.text(max_size=6), max_size=6), st.binary(max_size=4))
def test_the_speller_shares_one_among_all_bytes_and_the_end(words: list[str], told: bytes) -> None:
    model = WittenBell((word.encode() for word in words), 5, end=WORD_END)
    next_byte = (model.probability(tuple(told), byte, 1 / SYMBOLS) for byte in range(SYMBOLS))
    assert sum(next_byte) == pytest.approx(1)


@pytest.mark.parametrize("order", [1, 3])
@pytest.mark.parametrize("history", [(), (JOKE_END,), (" Why", " did"), (" did", " zebra")])
def test_known_words_the_end_and_all_that_can_be_spelled_sum_to_one(
    order: int, history: tuple[str, ...]
) -> None:
    model = WordNgram(["Why did", "Why not", "did it"], order)
    words = (" Why", " did", " not", " it")
    speller = Speller(words)
    known = sum(2 ** -model.cost(history, word) for word in (*words, JOKE_END))
    escape = 2 ** (speller.bits(" zebra") - model.cost(history, " zebra"))
    spelled_anew = 1 - sum(2 ** -speller.bits(word) for word in words)
    assert known + escape * spelled_anew == pytest.approx(1)


def test_a_word_like_those_seen_costs_less_to_spell() -> None:
    speller = Speller(["chicken", "kitchen", "thicken"])
    assert speller.bits("chickens") < speller.bits("xylophon") < 8 * 9 + 9


def test_word_order_is_worth_bits_to_the_3gram_alone() -> None:
    frequencies, trigram = WordNgram(JOKES, 1), WordNgram(JOKES, 3)
    joke = JOKES[0]
    shuffled = " ".join(sorted(joke.split()))
    assert trigram.bits(joke) < frequencies.bits(joke)
    assert trigram.bits(joke) < trigram.bits(shuffled)


def test_the_end_of_a_joke_costs_bits() -> None:
    ended, open_ = (WordNgram(JOKES, 3).bits(text) for text in (JOKES[0], JOKES[0][:-1]))
    assert open_ > ended


@pytest.mark.parametrize("text", ["", "?", "ha" * 5000, "a joke of 🦆 and 狗"])
def test_any_text_has_a_cost(text: str) -> None:
    for order in (1, 3):
        assert 0 < WordNgram(JOKES, order).bits(text) < float("inf")


def test_a_compressor_needs_less_for_jokes_like_those_it_has_packed_before() -> None:
    known, new = JOKES[:50], JOKES[50:]
    primed, cold = compressed_bits(known, new), compressed_bits([], new)
    assert 0 < primed < cold < 8 * sum(len(joke) + 1 for joke in new)
    assert primed % 8 == 0


def test_all_baselines_are_scored_on_the_same_jokes_in_bits_per_byte() -> None:
    known, new = JOKES[:50], JOKES[50:]
    scores = score_baselines(known, new)
    assert list(scores) == ["word_frequencies", "word_3gram", "lzma"]
    assert scores["word_3gram"] < scores["word_frequencies"] < 8
    trigram = sum(map(WordNgram(known, 3).bits, new))
    assert scores["word_3gram"] == bits_per_byte(trigram, new)
    assert scores["lzma"] == bits_per_byte(compressed_bits(known, new), new)
