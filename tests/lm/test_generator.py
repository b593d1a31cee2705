from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, Sampling, TrainingConfig
from jokebox.lm.generator import Generator, State
from jokebox.lm.tokenizer import CAPITAL, END, UPPER
from jokebox.train.network import Network
from tests import small

PROMPT = "Why did the owl cross the moon?"


def torch_logits(checkpoint: Checkpoint, ids: list[int]) -> NDArray[np.float32]:
    network = Network(checkpoint.tokenizer.size, checkpoint.model, checkpoint.training).eval()
    weights = {name: torch.from_numpy(weight) for name, weight in checkpoint.weights.items()}
    if checkpoint.model.tied:
        weights["output.weight"] = weights["embedding.weight"]
    network.load_state_dict(weights)
    with torch.no_grad():
        logits, _ = network(torch.tensor([ids]), network.zero_state(1))
    return np.asarray(logits[0].numpy(), np.float32)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("tied", [True, False])
def test_numpy_and_torch_give_the_same_logits(layers: int, tied: bool) -> None:
    checkpoint = small.untrained(model=ModelConfig(layers, 24, tied))
    generator = Generator(checkpoint)
    ids = [*generator.tokenizer.start, *generator.tokenizer.encode(PROMPT)]
    state, logits = generator.zero(), []
    for id in ids:
        state = generator.read(state, [id])
        logits.append(generator.logits(state))
    np.testing.assert_allclose(logits, torch_logits(checkpoint, ids), atol=1e-4)


def test_every_prompt_word_influences_the_answer() -> None:
    generator = Generator(small.untrained())
    heard = generator.logits(read(generator, PROMPT))
    words = PROMPT.split()
    for i in range(len(words)):
        other = " ".join([*words[:i], "duck", *words[i + 1 :]])
        assert np.abs(generator.logits(read(generator, other)) - heard).max() > 1e-5


def test_reading_word_by_word_is_reading_at_once() -> None:
    generator = Generator(small.untrained())
    ids = generator.tokenizer.encode(PROMPT)
    state = generator.fresh()
    for id in ids:
        state = generator.read(state, [id])
    assert same(state, generator.read(generator.fresh(), ids))


def test_a_batch_is_read_as_its_rows_are() -> None:
    generator = Generator(small.untrained(model=ModelConfig(2, 16)))
    ids = np.array([[1, 260, 261], [3, 0, 262]])
    together = generator.zero(2)
    for column in ids.T:
        together = generator.step(together, column)
    for row, alone in enumerate(generator.read(generator.zero(), row_ids) for row_ids in ids):
        np.testing.assert_allclose(together.h[:, row], alone.h, atol=1e-6)
        np.testing.assert_allclose(together.c[:, row], alone.c, atol=1e-6)


def test_each_token_is_read_exactly_once() -> None:
    generator = Generator(small.untrained())
    start = read(generator, PROMPT)
    ids: list[int] = []
    for number, spoken in enumerate(speak(generator, start)):
        if not spoken.text:
            break
        ids += spoken.ids
        assert same(spoken.state, generator.read(start, ids))
        if number == 20:
            break
    assert ids


def test_the_bits_of_a_word_are_the_models_own() -> None:
    generator = Generator(small.untrained())
    start = read(generator, PROMPT)
    spoken = next(iter(speak(generator, start)))
    bits, state = 0.0, start
    for id in spoken.ids:
        logits = generator.logits(state).astype(np.float64)
        bits -= np.log2(np.exp(logits[id]) / np.exp(logits).sum())
        state = generator.read(state, [id])
    assert spoken.bits == pytest.approx(bits)


def test_words_are_spelled_only_if_invented_words_are_allowed() -> None:
    generator = Generator(small.untrained())
    spelling = range(generator.tokenizer.spelling.start, generator.tokenizer.spelling.stop)

    def spelled(*, invented_words: bool) -> bool:
        manner = Manner(Sampling(2, 0, 1, 0), invented_words=invented_words)
        words = generator.speak(generator.fresh(), lambda: manner, np.random.default_rng(1))
        ids = [id for _, word in zip(range(60), words, strict=False) for id in word.ids]
        return any(id in spelling for id in ids)

    assert spelled(invented_words=True)
    assert not spelled(invented_words=False)


def test_a_case_mark_is_followed_by_the_word_it_marks() -> None:
    generator = Generator(small.untrained())
    for spoken in list(speak(generator, generator.fresh()))[:50]:
        assert sum(id in (CAPITAL, UPPER) for id in spoken.ids) <= 1


def test_another_manner_applies_from_the_next_word_on() -> None:
    generator = Generator(small.untrained())
    manner = Manner(Sampling(5, 0, 1, 0))
    spoken = generator.speak(generator.fresh(), lambda: manner, np.random.default_rng(1))
    first = next(spoken)
    manner = Manner(Sampling(0, 0, 1, 0))
    dull = generator.speak(first.state, lambda: manner, np.random.default_rng(2))
    assert next(spoken).ids == next(dull).ids


@pytest.mark.parametrize("training", [small.QUICK, replace(small.QUICK, tokens="whitespace")])
def test_the_next_words_are_the_likeliest_best_first(training: TrainingConfig) -> None:
    generator = Generator(small.untrained(training=training))
    state = read(generator, PROMPT)
    choices = generator.next_words(state, 10)
    assert len(choices) == 10
    assert [c.p for c in choices] == sorted((c.p for c in choices), reverse=True)
    assert len({choice.text for choice in choices}) == 10
    for choice in choices:
        assert choice.p == pytest.approx(2 ** -generator.cost(state, choice.ids))
    spoken = generator.speak(state, lambda: Manner(Sampling(0, 0, 1, 0)), np.random.default_rng(1))
    assert choices[0].text == next(spoken).text


def test_the_probabilities_of_all_next_words_and_spellings_sum_to_one() -> None:
    generator = Generator(small.untrained())
    tokenizer, state = generator.tokenizer, read(generator, PROMPT)
    words = sum(choice.p for choice in generator.next_words(state, 10_000))
    spelled = sum(
        2 ** -generator.cost(state, (*before, id))
        for before in ((), *((mark,) for mark in tokenizer.case_marks))
        for id in range(tokenizer.size)[tokenizer.spelling]
    )
    nonsense = sum(  # a mark before a mark, or before the end
        2 ** -generator.cost(state, (mark, id))
        for mark in tokenizer.case_marks
        for id in (*tokenizer.case_marks, END)
    )
    assert words + spelled + nonsense == pytest.approx(1)


def read(generator: Generator, text: str) -> State:
    return generator.read(generator.fresh(), generator.tokenizer.encode(text))


def same(one: State, other: State) -> bool:
    return np.array_equal(one.h, other.h) and np.array_equal(one.c, other.c)


def speak(generator: Generator, state: State):  # type: ignore[no-untyped-def]
    return generator.speak(state, lambda: Manner(Sampling(1, 0, 1, 0)), np.random.default_rng(3))
