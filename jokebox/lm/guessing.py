"""Guess the next word: a person bets against a model, over jokes that it has not learnt.

The score of both is in bits, as in Shannon's guessing game (1951).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from jokebox.lm.config import Sampling
from jokebox.lm.generator import Choice, Generator
from jokebox.lm.text import is_word, normalise
from jokebox.lm.tokenizer import split_words

STAKE = 0.5  # of the probability; the rest stays with what the model thinks
EDGES = re.compile(r"^\W+|\W+$")
GIVEN = 3  # words of a joke that nobody has to guess


def bits_of_bet(p: float, *, right: bool) -> float:
    """Return what a word costs a person who laid STAKE on one word.

    The model gave the word that came the probability `p`. A right bet costs a bit at most, a wrong
    one a bit more than the model pays: who bets well pays less than the model.
    """
    return -log2(STAKE * right + (1 - STAKE) * p)


@dataclass(frozen=True)
class Guess:
    """A bet, the word that came, and what it cost."""

    bet: str
    word: str
    bits: float
    model_bits: float

    @property
    def right(self) -> bool:
        """Whether the word that came is the one of the bet."""
        return is_same_word(self.bet, self.word)


@dataclass(frozen=True)
class Score:
    """All guesses of a session: how many, how many right, and what both paid in bits."""

    words: int = 0
    right: int = 0
    bits: float = 0.0
    model_bits: float = 0.0

    def plus(self, guess: Guess) -> Score:
        """Return the score with one more guess."""
        return Score(
            self.words + 1,
            self.right + guess.right,
            self.bits + guess.bits,
            self.model_bits + guess.model_bits,
        )


class Game:
    """Walk through `jokes` in a random order, word by word; marks are read without a bet."""

    def __init__(self, generator: Generator, jokes: Sequence[str], seed: int | None = None) -> None:
        self.generator = generator
        self.score = Score()
        self._jokes = [joke for joke in jokes if self._can_be_guessed(joke)]
        self._rng = np.random.default_rng(seed)
        self._order: list[int] = []
        self._read: list[tuple[int, ...]] = []
        self._left: list[tuple[int, ...]] = []
        self._state = generator.fresh()
        self._next_joke()

    @property
    def has_jokes(self) -> bool:
        """Whether there is anything to guess."""
        return bool(self._jokes)

    @property
    def so_far(self) -> str:
        """The joke up to the word that is to be guessed."""
        return self._decode(self._read)

    @property
    def rest(self) -> str:
        """What comes after that word, if it is the last one to be guessed."""
        marks = self._left[1:]
        return "" if any(map(self._is_word, marks)) else self._decode(self._left)

    def choices(self, number: int, sampling: Sampling) -> list[Choice]:
        """Return the words that the model thinks likeliest, instead of the one to be guessed."""
        return self.generator.next_words(self._state, number, sampling)

    def guess(self, bet: str) -> Guess:
        """Bet on the next word, which is revealed; nothing is read before `advance`."""
        ids = self._left[0]
        word = self._decode([ids])
        model_bits = self.generator.cost(self._state, ids)
        bits = bits_of_bet(2**-model_bits, right=is_same_word(bet, word))
        guess = Guess(normalise(bet), word, bits, model_bits)
        self.score = self.score.plus(guess)
        return guess

    def advance(self) -> None:
        """Go to the next word to be guessed, which may be one of the next joke."""
        self._step()
        self._skip_marks()
        if not self._left:
            self._next_joke()

    def _next_joke(self) -> None:
        """Begin the next joke, each once before any comes again."""
        if not self._jokes:
            return
        if not self._order:
            self._order = self._rng.permutation(len(self._jokes)).tolist()
        tokenizer = self.generator.tokenizer
        joke = tokenizer.encode(self._jokes[self._order.pop()])
        self._left = [*split_words(tokenizer, joke)]
        self._read, self._state = [], self.generator.fresh()
        while self._left and len(self._read) < GIVEN:
            self._step()
        self._skip_marks()

    def _can_be_guessed(self, joke: str) -> bool:
        tokenizer = self.generator.tokenizer
        words = [*split_words(tokenizer, tokenizer.encode(joke))]
        return any(map(self._is_word, words[GIVEN:]))

    def _step(self) -> None:
        ids = self._left.pop(0)
        self._read.append(ids)
        self._state = self.generator.read(self._state, ids)

    def _skip_marks(self) -> None:
        while self._left and not self._is_word(self._left[0]):
            self._step()

    def _is_word(self, ids: tuple[int, ...]) -> bool:
        return is_word(self._decode([ids]))

    def _decode(self, words: Sequence[tuple[int, ...]]) -> str:
        return self.generator.tokenizer.decode([id for word in words for id in word])


def is_same_word(bet: str, word: str) -> bool:
    """Return whether two words are the same, capitals and the marks around them aside."""
    one, other = (EDGES.sub("", text).casefold() for text in (bet, word))
    return one == other
