"""Answers: drawn token by token, one alone or several as a batch, and told in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from jokebox.lm.config import Manner, Sampling
from jokebox.lm.generator import Array, Generator, Ids, State
from jokebox.lm.sampling import sample_token, token_bits
from jokebox.lm.text import is_word, sentence_mark
from jokebox.lm.tokenizer import Tokenizer, begins_apart

FITS = 0.1  # as likely as the likeliest token: what a pull can act on
AS_LEARNT = Sampling(temperature=1.0, min_p=0.005)  # nearly as often as in the corpus
Ended = Literal["end-of-joke", "sentence", "limit"]


@dataclass(frozen=True)
class Spoken:
    """A word with its leading space, its cost, its ids, and the state after exactly these ids.

    The end of a joke is an empty `text`; its `state` has not read the end.
    """

    text: str
    bits: float
    ids: tuple[int, ...]
    state: State


@dataclass
class Answer:
    """An answer while it is drawn: its ids so far, what each costs, and how it has ended.

    The bits are the model's own, whatever the manner. As long as it has fewer than `opening` words
    they are drawn as the model has learnt them: careful drawing would begin most jokes alike.
    """

    rng: np.random.Generator
    opening: int = 0
    words: int = 0  # that are complete
    ids: list[int] = field(default_factory=list)
    bits: list[float] = field(default_factory=list)
    ended: Ended | None = None
    _word: list[int] = field(default_factory=list)  # ids of the word that is being drawn
    _mark: str = ""  # that the last sentence has just ended with

    def draw(
        self,
        generator: Generator,
        log_p: Array,
        seen: Ids,
        manner: Manner,
        pull: Array | None = None,
    ) -> int | None:
        """Draw the next token from `log_p` (V,), after `seen` (M,); None if the answer ends first.

        `pull` (V,) is added to `log_p` for the draw, and not counted in what the token costs. It
        acts on tokens that fit here by the model itself: others would break the grammar.
        The end of a joke is a token too, but if turns are taken it is never the first one.
        """
        tokenizer = generator.tokenizer
        forbidden = generator.forbidden(seen, self._word, invented_words=manner.invented_words)
        if manner.take_turns and not (self.ids or self.words) and tokenizer.end is not None:
            forbidden = np.append(forbidden, tokenizer.end)
        scores = log_p
        if pull is not None:
            scores = log_p + np.where(log_p >= log_p.max() + math.log(FITS), pull, 0)
        id = sample_token(scores, self._sampling(manner), self.rng, forbidden)
        if self._word and tokenizer.begins_word(self._word[-1], id):
            self._complete(tokenizer)
        if id == tokenizer.end:
            self.ended = "end-of-joke"
        elif manner.take_turns and self._mark and begins_apart(tokenizer, id):
            self.ended = "sentence"
            return None
        # a model that tells no words, only marks, has to end as well
        elif self.words >= manner.word_limit or len(self.ids) >= 4 * manner.word_limit + 64:
            self.ended = "limit"
            return None
        self.ids.append(id)
        self.bits.append(token_bits(log_p, id))
        self._word.append(id)
        if tokenizer.ends_word(id):
            self._complete(tokenizer)
        return id

    def _sampling(self, manner: Manner) -> Sampling:
        # the first token, a capital or none, is drawn as usual: training leaves some capitals out
        wide = self.ids and self.words < self.opening and 0 < manner.sampling.temperature < 1
        return AS_LEARNT if wide else manner.sampling

    def _complete(self, tokenizer: Tokenizer) -> None:
        text = tokenizer.decode_spaced(self._word)
        self.words += is_word(text)
        self._mark = sentence_mark(text, self._mark)
        self._word = []


def speak(
    generator: Generator, state: State, manner: Callable[[], Manner], answer: Answer
) -> Iterator[Spoken]:
    """Draw the words of `answer` from `state` on, until it ends.

    `manner` is asked again before each token, so that a change acts on the next word.
    """
    return _in_words(
        generator, state, lambda s, log_p: answer.draw(generator, log_p, s.ids, manner())
    )


def retell(generator: Generator, state: State, ids: Iterable[int]) -> Iterator[Spoken]:
    """Yield the words of an answer with these `ids`, as `speak` did."""
    left = iter(ids)
    return _in_words(generator, state, lambda s, log_p: next(left, None))


def _in_words(
    generator: Generator, state: State, next_id: Callable[[State, Array], int | None]
) -> Iterator[Spoken]:
    """Yield words as soon as their last id is known; `next_id` is None after the last one."""
    tokenizer = generator.tokenizer
    word: list[int] = []
    spent = 0.0  # bits of these ids
    while True:
        log_p = generator.log_p(state)
        id = next_id(state, log_p)
        if word and (id is None or tokenizer.begins_word(word[-1], id)):
            yield Spoken(tokenizer.decode_spaced(word), spent, tuple(word), state)
            word, spent = [], 0.0
        if id is None:
            return
        if id == tokenizer.end:
            yield Spoken("", token_bits(log_p, id), (id,), state)
            return
        state = generator.read(state, (id,))
        word.append(id)
        spent += token_bits(log_p, id)
        if tokenizer.ends_word(id):
            yield Spoken(tokenizer.decode_spaced(word), spent, tuple(word), state)
            word, spent = [], 0.0


def draw_together(
    generator: Generator,
    state: State,
    manner: Manner,
    answers: Sequence[Answer],
    stopped: Callable[[], bool],
    pull: Callable[[Answer], Array | None] = lambda answer: None,
) -> None:
    """Draw all `answers` from `state` on, as one batch, until each has ended or it is `stopped`.

    What `pull` returns for an answer is added to the scores (V,) of its next token.
    """
    drawn, states = list(answers), state.repeated(len(answers))
    while drawn and not stopped():
        log_p = generator.log_p(states)  # (B, V)
        for answer, row, seen in zip(drawn, log_p, states.ids, strict=True):
            answer.draw(generator, row, seen, manner, pull(answer))
        left = [i for i, answer in enumerate(drawn) if answer.ended is None]
        drawn = [drawn[i] for i in left]
        if drawn:
            ids = np.array([answer.ids[-1] for answer in drawn])  # (B,)
            states = generator.step(states.rows(left), ids)
