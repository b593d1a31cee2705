from __future__ import annotations

from math import log

import numpy as np
import pytest

from jokebox.lm import agreement
from jokebox.lm.agreement import UNSURE, Agreement

QUEEN, KING, SHE, HE, MOON = range(5)
JOKES = [*[[QUEEN, SHE, MOON]] * 40, *[[KING, HE, MOON, HE]] * 40, *[[SHE, HE]] * 500]


def counted(jokes: list[list[int]]) -> Agreement:
    ends = np.cumsum([len(joke) for joke in jokes])
    return Agreement(
        np.concatenate(jokes),
        np.repeat(ends, [len(joke) for joke in jokes]),
        common=np.isin(np.arange(5), [SHE, HE]),
        telling=np.isin(np.arange(5), [QUEEN, KING]),
    )


def test_it_says_how_much_more_often_a_common_word_comes_later_in_a_joke() -> None:
    pull = counted(JOKES).pull([KING])
    # after telling words there are 120 common ones: 40 are "she", 80 are "he"
    assert pull[HE] == pytest.approx(log((80 + UNSURE) / (80 * 2 / 3 + UNSURE)))
    assert pull[SHE] == pytest.approx(log(UNSURE / (80 / 3 + UNSURE)))


def test_other_words_are_not_pulled_and_jokes_without_telling_words_do_not_count() -> None:
    with_others, alone = counted(JOKES).pull([QUEEN]), counted(JOKES[:80]).pull([QUEEN])
    assert with_others.tolist() == alone.tolist()
    assert with_others[[QUEEN, KING, MOON]].tolist() == [0, 0, 0]


def test_of_several_words_the_one_with_most_to_say_counts() -> None:
    both = counted(JOKES).pull([QUEEN, KING])
    one, other = counted(JOKES).pull([QUEEN]), counted(JOKES).pull([KING])
    for common in (SHE, HE):
        assert both[common] == max(one[common], other[common], key=abs)


def test_a_word_that_was_seen_seldom_says_little() -> None:
    seldom = [[QUEEN, SHE], *JOKES[40:]]
    assert 0 < counted(seldom).pull([QUEEN])[SHE] < counted(JOKES).pull([QUEEN])[SHE]


def test_no_words_and_no_jokes_pull_nothing() -> None:
    assert not counted(JOKES).pull([]).any()
    assert not counted([[MOON]]).pull([QUEEN]).any()


def test_it_does_not_matter_how_many_words_are_counted_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once = counted(JOKES).pull([QUEEN, KING])
    monkeypatch.setattr(agreement, "BLOCK", 7)
    assert counted(JOKES).pull([QUEEN, KING]).tolist() == at_once.tolist()
