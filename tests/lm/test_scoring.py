from __future__ import annotations

import numpy as np
import pytest

from jokebox.lm.config import TrainingConfig
from jokebox.lm.generator import Generator
from jokebox.lm.scoring import BATCH, bits_per_byte, encode_jokes, score
from jokebox.lm.tokenizer import END, TOKENIZERS
from tests import small

JOKES = small.jokes()
WORDS = TOKENIZERS["words"].fit(JOKES)
WHITESPACE = TOKENIZERS["whitespace"].fit(JOKES)


def test_bits_per_byte_counts_the_end_of_each_joke_as_a_byte() -> None:
    assert bits_per_byte(30.0, ["four", "dück"]) == 30 / (5 + 6)


def test_every_token_of_a_joke_is_predicted_from_those_before_it() -> None:
    encoded = encode_jokes(WORDS, JOKES[:2], JOKES)
    for joke, inputs, targets in zip(JOKES, encoded.inputs, encoded.targets, strict=False):
        assert targets.tolist() == [*WORDS.encode(joke), END]
        assert inputs.tolist() == [END, *WORDS.encode(joke)]
    assert encoded.tokens == sum(map(len, encoded.targets))
    assert encoded.fixed_bits == 0


def test_batches_hold_each_joke_once_padded_at_the_end() -> None:
    encoded = encode_jokes(WORDS, JOKES, JOKES)
    batches = list(encoded.batches())
    assert [len(inputs) for inputs, _ in batches] == [BATCH, len(JOKES) - BATCH]
    rows = [row for _, targets in batches for row in targets]
    found = sorted(tuple(row[row >= 0].tolist()) for row in rows)
    assert found == sorted(tuple(ids.tolist()) for ids in encoded.targets)
    for row in rows:
        assert (np.diff((row < 0).astype(int)) >= 0).all()


@pytest.mark.parametrize("tokens", ["words", "whitespace"])
def test_jokes_scored_together_cost_what_they_cost_alone(tokens: str) -> None:
    training = TrainingConfig(tokens=tokens)  # type: ignore[arg-type]
    generator = Generator(small.untrained(training=training))
    jokes = [*JOKES[:3], "Why did the zebra cross the road?"]
    together, alone = score(generator, jokes), [score(generator, [joke]) for joke in jokes]
    assert together.bits == pytest.approx(sum(each.bits for each in alone))
    assert together.tokens == sum(each.tokens for each in alone)
    assert (together.jokes, together.bytes) == (4, sum(len(joke) + 1 for joke in jokes))
    assert together.bits_per_byte == pytest.approx(together.bits / together.bytes)


def test_a_model_is_scored_by_what_it_says_of_each_token() -> None:
    generator = Generator(small.fluent())
    ids = [*generator.tokenizer.encode(JOKES[0]), END]
    assert score(generator, JOKES[:1]).bits == pytest.approx(
        generator.cost(generator.fresh(), ids), rel=1e-4
    )


def test_an_even_model_is_as_perplexed_as_its_vocabulary_is_large() -> None:
    checkpoint = small.untrained()
    for name, weight in checkpoint.weights.items():
        if name.startswith(("embedding", "output")):
            weight[:] = 0
    checkpoint.weights["sentinel.bias"][:] = 1000  # nothing is copied
    scored = score(Generator(checkpoint), JOKES[:3])
    assert scored.perplexity_per_token == pytest.approx(checkpoint.tokenizer.size)


def test_the_tutorials_tokenizer_pays_for_the_words_that_it_leaves_out() -> None:
    known, unknown = JOKES[0], JOKES[0].replace("late.", "zebra.")
    costs = [encode_jokes(WHITESPACE, [joke], JOKES).fixed_bits for joke in (known, unknown)]
    assert 0 < costs[0] < costs[1]
    assert [encode_jokes(WHITESPACE, [joke], JOKES).tokens for joke in (known, unknown)] == [12, 12]
