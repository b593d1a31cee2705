from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from jokebox.errors import ModelError
from jokebox.lm.generator import Generator
from jokebox.lm.scoring import EncodedJokes, encode_jokes, score
from jokebox.train.batches import Batch, Stream, Walk
from jokebox.train.learner import Learner
from jokebox.train.ranks import Ranks
from tests import small

CORPUS = small.corpus()
MODEL = small.untrained(CORPUS)
STREAM = Stream(CORPUS, MODEL.tokenizer)
RATE = 0.01


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> Learner:
    monkeypatch.setattr("jokebox.train.learner.pick_precision", lambda device: "float32")
    return Learner(Ranks(), small.SMALL, small.QUICK, STREAM.counts())


def batches(number: int) -> list[Batch]:
    """Return the first batches of an epoch."""
    walk = iter(Walk(STREAM, small.QUICK, steps_per_epoch=10))
    return [next(walk) for _ in range(number)]


def test_learning_a_batch_again_lowers_its_loss(learner: Learner) -> None:
    learner.set_dropout(replace(small.QUICK, word_dropout=0, embedding_dropout=0, output_dropout=0))
    (batch,) = batches(1)
    losses = [float(learner.learn(batch, RATE)) for _ in range(30)]
    assert losses[:5] == sorted(losses[:5], reverse=True)
    assert losses[-1] < 0.9 * losses[0]
    assert learner.rate == RATE


def test_an_untrained_model_expects_tokens_as_often_as_they_occur(learner: Learner) -> None:
    loss = float(np.mean([float(learner.copy().learn(batch, RATE)) for batch in batches(10)]))
    counts = STREAM.counts()
    shares = counts[counts > 0] / counts.sum()
    assert loss == pytest.approx(float(-(shares * np.log(shares)).sum()), rel=0.2)


def test_rows_carry_their_state_to_the_next_batch_but_not_to_the_next_epoch(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jokebox.train.learner.RESET", 0.0)
    first, second = batches(2)
    assert not learner._state_before(first)[0].any()
    learner.learn(first, RATE)
    assert learner.carried is not None
    assert torch.equal(learner._state_before(second)[0], learner.carried[0])
    assert not learner._state_before(first)[0].any()


def test_some_rows_start_again_from_zero(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jokebox.train.learner.RESET", 0.5)
    first, second = batches(2)
    learner.learn(first, RATE)
    kept = [bool(row.any()) for _ in range(10) for row in learner._state_before(second)[0][0]]
    assert 0 < sum(kept) < len(kept)


def test_a_restored_learner_takes_the_same_next_step(learner: Learner) -> None:
    first, second = batches(2)
    learner.learn(first, RATE)
    state = {name: tensor.numpy().copy() for name, tensor in learner.save_state().items()}
    learner.learn(second, RATE)
    other = Learner(Ranks(), small.SMALL, replace(small.QUICK, seed=9), STREAM.counts())
    other.load_state(state)
    other.learn(second, RATE)
    for name, weight in learner.weights().items():
        assert np.array_equal(weight, other.weights()[name]), name


def test_random_numbers_that_cannot_be_are_an_error_with_a_way_out(learner: Learner) -> None:
    state = {name: value.numpy() for name, value in learner.save_state().items()}
    with pytest.raises(ModelError, match="random numbers cannot be used"):
        learner.load_state(state | {"rng": np.zeros_like(state["rng"])})


def test_a_copy_learns_without_changing_the_original(learner: Learner) -> None:
    before = learner.weights()
    copy = learner.copy()
    copy.learn(batches(1)[0], RATE)
    assert not np.array_equal(copy.weights()["output.bias"], before["output.bias"])
    assert np.array_equal(learner.weights()["output.bias"], before["output.bias"])
    assert learner.carried is None


@pytest.mark.parametrize("temperature", [1.0, 1.25])
def test_torch_scores_jokes_as_numpy_does(learner: Learner, temperature: float) -> None:
    learner.load_weights(MODEL.weights)
    encoded = encode_jokes(MODEL.tokenizer, CORPUS.validation, CORPUS.training)
    bits = scored_bits(learner, encoded, temperature)
    weights = dict(MODEL.weights)
    if temperature != 1:
        learner.network.apply_temperature(temperature)
        weights = learner.weights()
    scored = score(Generator(replace(MODEL, weights=weights)), CORPUS.validation)
    assert bits == [pytest.approx(scored.bits, rel=1e-4)]


def test_scoring_says_how_far_it_has_come(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jokebox.lm.scoring.BATCH", 2)
    encoded = encode_jokes(MODEL.tokenizer, CORPUS.validation[:5], CORPUS.training)
    assert list(learner.bits(encoded)) == [0, 2 / 5, 4 / 5]


def scored_bits(learner: Learner, jokes: EncodedJokes, temperature: float) -> list[float]:
    scoring = learner.bits(jokes, [temperature])
    while True:
        try:
            next(scoring)
        except StopIteration as end:
            bits: list[float] = end.value
            return bits
