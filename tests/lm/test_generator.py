from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from jokebox.lm.answers import Answer, speak
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, ModelConfig, Sampling, TrainingConfig
from jokebox.lm.corpus import build_corpus
from jokebox.lm.generator import Generator, State
from jokebox.lm.tokenizer import END
from jokebox.train.network import Network, Prediction, costs
from tests import small

PROMPT = "Why did the owl cross the moon?"


def torch_log_p(checkpoint: Checkpoint, ids: list[int], *edges: int) -> NDArray[np.float32]:
    """Return what torch expects after each of `ids` (T, V), read in chunks with these edges."""
    network = Network(checkpoint.tokenizer.size, checkpoint.model, checkpoint.training).eval()
    weights = {name: torch.from_numpy(weight) for name, weight in checkpoint.weights.items()}
    if checkpoint.model.tied:
        weights["output.weight"] = weights["embedding.weight"]
    network.load_state_dict(weights)
    with torch.no_grad():
        state, log_p = network.zero_state(1), []
        for start, stop in pairwise((0, *edges, len(ids))):
            prediction, state = network(torch.tensor([ids[start:stop]]), state)
            targets = torch.arange(checkpoint.tokenizer.size).expand(stop - start, -1)  # (T, V)
            log_p += [
                -costs(
                    Prediction(
                        prediction.logits[:, t].expand(len(row), -1)[None],
                        prediction.log_weights[:, t].expand(len(row), -1)[None],
                        prediction.ids,
                    ),
                    row[None],
                )[0]
                for t, row in enumerate(targets)
            ]
    return np.asarray(torch.stack(log_p).numpy(), np.float32)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("pointer_size", [0, 8])
def test_numpy_and_torch_expect_the_same(layers: int, tied: bool, pointer_size: int) -> None:
    checkpoint = small.untrained(model=ModelConfig(layers, 24, tied, pointer_size))
    generator = Generator(checkpoint)
    joke = generator.tokenizer.encode(PROMPT)
    ids = [*generator.tokenizer.start, *joke, END, *joke * 9]  # more than the memory holds
    state, log_p = generator.zero(), []
    for id in ids:
        state = generator.read(state, [id])
        log_p.append(generator.log_p(state))
    np.testing.assert_allclose(log_p, torch_log_p(checkpoint, ids, 7, 70), atol=1e-4)
    np.testing.assert_allclose(np.exp(log_p).sum(1), 1, atol=1e-5)


def test_every_prompt_word_influences_the_answer() -> None:
    generator = Generator(small.untrained())
    heard = generator.log_p(read(generator, PROMPT))
    words = PROMPT.split()
    for i in range(len(words)):
        other = " ".join([*words[:i], "duck", *words[i + 1 :]])
        assert np.abs(generator.log_p(read(generator, other)) - heard).max() > 1e-5


def test_reading_word_by_word_is_reading_at_once() -> None:
    generator = Generator(small.untrained())
    ids = generator.tokenizer.encode(PROMPT)
    state = generator.fresh()
    for id in ids:
        state = generator.read(state, [id])
    assert same(state, generator.read(generator.fresh(), ids))


def test_a_batch_is_read_as_its_rows_are() -> None:
    generator = Generator(small.untrained(model=ModelConfig(2, 16, pointer_size=8)))
    ids = np.array([[1, 260, 261], [3, 0, 262], [270, 271, 0]])
    together = generator.zero(3)
    for column in ids.T:
        together = generator.step(together, column)
    log_p = generator.log_p(together)
    for row, alone in enumerate(generator.read(generator.zero(), row_ids) for row_ids in ids):
        np.testing.assert_allclose(together.h[:, row], alone.h, atol=1e-6)
        np.testing.assert_allclose(together.c[:, row], alone.c, atol=1e-6)
        np.testing.assert_allclose(log_p[row], generator.log_p(alone), atol=1e-5)


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
    answer = Answer(np.random.default_rng(1))
    spoken = speak(generator, state, lambda: Manner(Sampling(0, 0, 1, 0)), answer)
    assert choices[0].text == next(spoken).text


def test_the_next_words_say_how_likely_each_is_to_be_drawn() -> None:
    generator = Generator(small.untrained())
    state = read(generator, PROMPT)
    flat, sharp, greedy = (
        generator.next_words(state, 10_000, Sampling(temperature=temperature, min_p=0))
        for temperature in (2.0, 0.5, 0)
    )
    for choices in (flat, sharp, greedy):
        assert sum(choice.drawn for choice in choices) == pytest.approx(1, abs=1e-4)
    assert flat[0].drawn < sharp[0].drawn < 1
    assert [choice.text for choice in greedy if choice.drawn] == [greedy[0].text]


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


def test_the_probabilities_of_copies_say_where_they_are_copied_from() -> None:
    generator = Generator(small.untrained())
    state = read(generator, "Why did the owl see the owl?")
    owl = generator.tokenizer.encode("owl")[0]
    copied, place = generator.copied(state, owl)
    assert 0 < copied < np.exp(generator.log_p(state)[owl])
    assert state.ids[-place] == owl
    assert generator.copied(state, generator.tokenizer.encode("duck")[0]) == (0.0, 0)


def test_nothing_is_copied_from_the_joke_before() -> None:
    generator = Generator(small.untrained())
    ended = generator.read(read(generator, PROMPT), [END])
    assert ended.ids.size == 0
    weights = dict(generator.checkpoint.weights)
    weights["sentinel.bias"] = np.full(1, 1000, np.float32)  # nothing is copied at all
    alone = Generator(replace(generator.checkpoint, weights=weights))
    np.testing.assert_allclose(generator.log_p(ended), alone.log_p(ended), atol=1e-5)


def test_a_model_without_a_pointer_copies_nothing() -> None:
    generator = Generator(small.untrained(model=ModelConfig(1, 16)))
    state = read(generator, PROMPT)
    assert generator.copied(state, int(generator.tokenizer.encode("owl")[0])) == (0.0, 0)
    assert {choice.copied for choice in generator.next_words(state, 10)} == {0.0}


def test_several_states_become_a_batch_and_its_rows_are_they() -> None:
    generator = Generator(small.untrained())
    states = [read(generator, PROMPT), read(generator, "Why"), generator.fresh()]
    batch = State.stacked(states)
    for row, state in enumerate(states):
        np.testing.assert_allclose(
            generator.log_p(batch.rows([row]))[0], generator.log_p(state), atol=1e-5
        )


def test_rows_of_different_lengths_cost_what_they_cost_alone() -> None:
    generator = Generator(small.untrained())
    states = [read(generator, "Why did the"), read(generator, PROMPT)]
    ids = generator.tokenizer.encode("owl cross")
    rows = np.array([[*ids], [ids[0], -1]])
    alone = [generator.cost(states[0], ids), generator.cost(states[1], ids[:1])]
    assert generator.costs(State.stacked(states), rows) == pytest.approx(alone, rel=1e-4)


def read(generator: Generator, text: str) -> State:
    return generator.read(generator.fresh(), generator.tokenizer.encode(text))


def same(one: State, other: State) -> bool:
    return all(map(np.array_equal, vars(one).values(), vars(other).values()))


def test_a_model_that_knows_no_words_spells() -> None:
    names = build_corpus([f"{a}{b}" for a in "bdfgklmnrs" for b in ("ala", "iri", "onu")], ("n",))
    generator = Generator(small.untrained(names))
    assert generator.tokenizer.words == ()
    assert not len(generator.forbidden(np.zeros(0, np.int64), (), invented_words=False))
