from __future__ import annotations

import threading
from dataclasses import replace

from jokebox.lm.config import Manner, Sampling
from jokebox.talk.comparison import Contender, answer, differing, tell_together
from jokebox.talk.turns import Turn
from tests import small

MODEL = small.fluent()
QUIET = Manner(drafts=1, word_limit=8)
WILD = replace(QUIET, sampling=Sampling(temperature=3.0, min_p=0.0))


def told(*contenders: Contender, seed: int = 1) -> list[tuple[int, Turn]]:
    return list(tell_together(contenders, "Why did the cow", seed=seed))


def test_the_same_model_in_the_same_manner_says_the_same_as_in_a_talk() -> None:
    turns = dict(told(Contender(MODEL, QUIET), Contender(MODEL, QUIET)))
    assert turns[0] == turns[1]
    assert turns[0].seed == 1
    text = answer(Contender(MODEL, QUIET), "Why did the cow", seed=1, stop=threading.Event())
    assert text == turns[0].joke
    assert text.startswith("Why did the cow ")


def test_they_tell_a_word_each_in_turn() -> None:
    steps = told(Contender(MODEL, QUIET), Contender(MODEL, WILD))
    assert [place for place, _ in steps[:6]] == [0, 1, 0, 1, 0, 1]
    assert [len(turn.words) for _, turn in steps[:4]] == [1, 1, 2, 2]
    assert dict(steps)[0].words != dict(steps)[1].words


def test_a_stop_ends_all_of_them() -> None:
    stop = threading.Event()
    steps = tell_together([Contender(MODEL, QUIET)] * 2, "", seed=1, stop=stop)
    next(steps)
    stop.set()
    assert all(len(turn.words) <= 1 for _, turn in steps)


def test_words_that_only_one_has_differ_even_if_all_behind_them_are_shifted() -> None:
    one = ["the", "cow", "crossed", "the", "road"]
    other = ["the", "old", "cow", "crossed", "a", "road"]
    assert differing(one, other) == (
        [False, False, False, True, False],
        [False, True, False, False, True, False],
    )
    assert differing([], ["a"]) == ([], [True])
