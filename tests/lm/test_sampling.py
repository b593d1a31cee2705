from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from jokebox.lm.config import Sampling
from jokebox.lm.sampling import drawn, log_softmax, sample_token, token_bits

P = np.array([0.1, 0.4, 0.05, 0.3, 0.15])
LOGITS = np.log(P).astype(np.float32) + 7  # a constant changes nothing
OFF = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


def draw(number: int = 300, forbidden: Sequence[int] = (), **how: Any) -> Counter[int]:
    rng = np.random.default_rng(1)
    sampling = Sampling(**(OFF | how))
    ids = np.array(forbidden, np.intp)
    return Counter(sample_token(LOGITS, sampling, rng, ids) for _ in range(number))


def test_every_word_is_drawn_as_often_as_the_model_says() -> None:
    counts = draw(4000)
    assert [counts[i] / 4000 for i in range(5)] == pytest.approx(list(P), abs=0.025)


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({"temperature": 0}, {1}),
        ({"top_k": 1}, {1}),
        ({"top_k": 3}, {1, 3, 4}),
        ({"top_k": 99}, {0, 1, 2, 3, 4}),
        ({"top_p": 0.01}, {1}),
        ({"top_p": 0.6}, {1, 3}),
        ({"top_p": 0.75}, {1, 3, 4}),
        ({"min_p": 0.3}, {1, 3, 4}),
        ({"min_p": 1}, {1}),
        ({"top_k": 4, "top_p": 0.9, "min_p": 0.5}, {1, 3}),
    ],
)
def test_a_filter_leaves_only_the_likeliest(how: dict[str, Any], left: set[int]) -> None:
    assert set(draw(**how)) == left


def test_temperature_sharpens_and_flattens() -> None:
    assert draw(temperature=0.3)[1] > draw(temperature=1)[1] > draw(temperature=5)[1]


@pytest.mark.parametrize("temperature", [0, 1])
def test_a_forbidden_word_is_never_drawn(temperature: float) -> None:
    assert not {1, 3} & set(draw(forbidden=(1, 3), temperature=temperature))


def test_the_same_seed_draws_the_same_words() -> None:
    assert draw(50, top_p=0.9) == draw(50, top_p=0.9)


def test_even_likelihoods_that_overflow_an_exponential_are_drawn_from() -> None:
    logits = np.array([0, 5000, -5000], np.float32)
    assert sample_token(logits, Sampling(), np.random.default_rng(1)) == 1


def test_log_softmax_is_the_log_of_the_shares() -> None:
    assert np.exp(log_softmax(LOGITS)) == pytest.approx(P)
    assert np.exp(log_softmax(np.stack([LOGITS, LOGITS])).sum(0)) == pytest.approx(P**2)


def test_a_word_costs_the_bits_of_its_probability() -> None:
    assert [token_bits(log_softmax(LOGITS), id) for id in range(len(P))] == pytest.approx(
        list(-np.log2(P))
    )


@pytest.mark.parametrize(
    "how",
    [{}, {"temperature": 0.5}, {"temperature": 0}, {"top_k": 2}, {"top_p": 0.6, "min_p": 0.2}],
)
def test_what_is_said_about_drawing_is_what_is_drawn(how: dict[str, Any]) -> None:
    said = drawn(LOGITS, Sampling(**(OFF | how)), np.array([3], np.intp))
    counts = draw(2000, forbidden=[3], **how)
    assert [counts[i] / 2000 for i in range(5)] == pytest.approx(said.tolist(), abs=0.03)
    assert {i for i in range(5) if said[i] > 0} == {*counts}
