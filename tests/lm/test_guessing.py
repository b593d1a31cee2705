from __future__ import annotations

import pytest

from jokebox.lm.config import Sampling
from jokebox.lm.generator import Generator
from jokebox.lm.guessing import Game, Guess, Score, bits_of_bet, is_same_word
from tests import small

JOKE = "Why did the cow cross the road? Because it was late!"


def game(*jokes: str) -> Game:
    return Game(Generator(small.untrained()), jokes, seed=1)


def test_a_right_bet_costs_a_bit_at_most_and_a_wrong_one_a_bit_more_than_the_model_pays() -> None:
    assert bits_of_bet(0.0, right=True) == 1
    assert bits_of_bet(1.0, right=True) == 0
    assert bits_of_bet(0.25, right=False) == 2 + 1


def test_a_bet_is_right_whatever_its_capitals_and_marks() -> None:
    assert is_same_word(" COW ", " “cow?”")
    assert not is_same_word("dont", "don't")
    assert not is_same_word("cows", "cow")


def test_the_score_adds_up_what_both_pay() -> None:
    score = Score().plus(Guess("cow", "cow", 0.5, 2.0)).plus(Guess("cow", "owl", 4.0, 3.0))
    assert score == Score(words=2, right=1, bits=4.5, model_bits=5.0)


def test_a_joke_is_guessed_word_by_word_and_its_marks_are_given() -> None:
    play = game(JOKE)
    assert play.so_far == "Why did the"
    words = []
    while not play.rest:
        words.append(play.guess("cow").word)
        play.advance()
    assert words == ["cow", "cross", "the", "road", "Because", "it", "was"]
    assert play.rest == "late!"
    assert play.score.words == 7
    play.advance()
    assert play.so_far == "Why did the", "the next joke, which is the only one, begins"


def test_a_guess_costs_what_the_model_says_and_reveals_before_it_reads() -> None:
    play = game(JOKE)
    choices = play.choices(1000, Sampling(temperature=1.0, min_p=0))
    p = next(choice.p for choice in choices if choice.text.strip() == "cow")
    guess = play.guess("cow")
    assert 2**-guess.model_bits == pytest.approx(p, rel=1e-4)
    assert guess.bits == bits_of_bet(2**-guess.model_bits, right=True)
    assert play.so_far == "Why did the"


def test_each_joke_comes_once_before_any_comes_again_and_short_ones_never() -> None:
    jokes = ("one two three four", "two three four five", "three four five six")
    play = game(*jokes, "Too short.", "Not a word more!")
    seen = []
    for _ in range(8):
        seen.append(play.so_far)
        play.advance()
    assert sorted(seen[:4]) == sorted(seen[4:])
    assert "Too short" not in " ".join(seen)


def test_without_jokes_there_is_nothing_to_guess() -> None:
    assert not game("Too short.").has_jokes
