from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.lm.generator import Generator
from jokebox.lm.lens import TRAITS, Step, Survey, Unit, step, survey, trace, trace_joke
from jokebox.lm.tokenizer import split_words
from jokebox.train.joke_files import result_of
from tests import small
from tests.small import fluent, untrained

JOKE = 'Why did the cow say "Moo moo"? It was late.'
LAYERS = ModelConfig(layers=2, hidden_size=12, pointer_size=0)


def surveyed(generator: Generator, jokes: Sequence[str]) -> Survey:
    return result_of(survey(generator, jokes))


@pytest.mark.parametrize(
    ("trait", "words", "values"),
    [
        ("inside a question", ["A", " b", ".", " Why", " c", "?", " D"], [0, 0, 0, 1, 1, 0, 0]),
        ("after a question", ["Why", "?", " D", "?"], [0, 1, 1, 1]),
        ("after \u201cKnock knock\u201d", ["Knock", ",", " knock", ".", " Who"], [0, 0, 1, 1, 1]),
        ("after \u201cKnock knock\u201d", ["A", " knock", " knock"], [0, 0, 0]),
        ("the length so far", ["A", " b", "."], [1, 2, 3]),
        ("the end of a sentence", ["A", "!", " b", "..."], [0, 1, 0, 1]),
        ("inside quotation marks", ['"', "Moo", '"', ' "Moo"', ' "a'], [1, 1, 0, 0, 1]),
    ],
)
def test_a_trait_has_a_value_at_each_word(
    trait: str, words: list[str], values: list[float]
) -> None:
    assert TRAITS[trait](words) == values


@pytest.mark.parametrize("trait", TRAITS)
def test_a_joke_without_words_has_no_traits(trait: str) -> None:
    assert TRAITS[trait]([]) == []


def test_the_unit_of_the_question_mark_follows_the_end_of_a_question() -> None:
    generator = Generator(fluent())  # it has a unit for each token
    (mark,) = generator.tokenizer.encode_spaced("?")
    found = surveyed(generator, small.jokes())
    _, correlation = found.followed_by(Unit(0, mark))
    assert correlation > 0.6
    assert found.followed_by(Unit(0, mark, reversed=True))[1] == pytest.approx(-correlation)


@pytest.mark.parametrize("model", [small.SMALL, LAYERS])
def test_correlations_are_those_of_all_words_read_one_by_one(model: ModelConfig) -> None:
    jokes = [*small.jokes(20), JOKE]
    generator = Generator(untrained(model=model))
    memory, lengths = [], []
    for joke in jokes:
        read = trace_joke(generator, joke)
        memory.append(read.memory)
        lengths += [*range(1, len(read.words) + 1)]
    units = np.concatenate(memory).reshape(len(lengths), -1)
    expected = [np.corrcoef(unit, lengths)[0, 1] for unit in units.T.astype(float)]
    found = surveyed(generator, jokes)
    at = [*TRAITS].index("the length so far")
    np.testing.assert_allclose(found.correlations[at].ravel(), expected, atol=2e-3)
    assert found.words == len(lengths)


def test_followers_come_with_the_closest_first_and_what_never_varies_has_none() -> None:
    found = surveyed(Generator(untrained()), small.jokes()).followers()
    assert [f.correlation for f in found] == sorted((f.correlation for f in found), reverse=True)
    assert "inside quotation marks" not in {f.trait for f in found}, "there are none in the jokes"
    assert all(0.3 <= f.correlation <= 1 for f in found)


@pytest.mark.parametrize("reversed", [False, True])
def test_the_jokes_that_excite_a_unit_most_are_those_with_its_highest_value(reversed: bool) -> None:
    generator, unit = Generator(untrained()), Unit(0, 3, reversed)
    jokes = small.jokes()
    peaks = {joke: unit.of(trace_joke(generator, joke).memory).max() for joke in jokes}
    best = surveyed(generator, jokes).most_exciting(unit, 3)
    assert [peaks[joke] for joke in best] == sorted(peaks.values(), reverse=True)[:3]


def test_the_tutorials_tokens_can_be_surveyed_too() -> None:
    training = TrainingConfig(tokens="whitespace")
    generator = Generator(untrained(model=LAYERS, training=training))
    found = surveyed(generator, [*small.jokes(), "zebra"])  # which it does not know
    assert found.correlations.shape == (len(TRAITS), 2, 12)
    assert np.isfinite(found.correlations).all()


def test_a_trace_is_what_the_cells_hold_after_each_word() -> None:
    generator = Generator(untrained())
    ids = generator.tokenizer.encode(JOKE)
    words = list(split_words(generator.tokenizer, ids))
    read = trace(generator, generator.fresh(), words)
    assert "".join(read.words) == f" {JOKE}"
    assert read.memory.shape == (len(words), 1, 16)
    after = generator.read(generator.fresh(), ids)
    np.testing.assert_allclose(read.memory[-1], np.tanh(after.c), atol=1e-3)
    assert trace(generator, generator.fresh(), []).memory.shape == (0, 1, 16)


def test_the_gates_say_what_became_of_the_cells_and_their_means_are_shares() -> None:
    generator = Generator(untrained(model=LAYERS))
    state = generator.read(generator.fresh(), generator.tokenizer.encode("Why did"))
    (word,) = generator.tokenizer.encode("the")
    done = step(generator, state, [word])
    wanted, forget, new, output = done.gates[1]
    np.testing.assert_allclose(done.after[1], forget * state.c[1] + wanted * new, rtol=1e-5)
    assert done.means(1) == pytest.approx((forget.mean(), wanted.mean(), output.mean()))


def test_a_word_of_several_tokens_keeps_what_all_of_them_kept() -> None:
    generator = Generator(untrained())
    state, ids = generator.fresh(), generator.tokenizer.encode("Zebra")  # it is spelled
    kept = np.ones_like(state.c)
    for id in ids:
        kept *= step(generator, state, [id]).gates[:, 1]
        state = generator.read(state, [id])
    done = step(generator, generator.fresh(), ids)
    assert len(ids) > 1
    np.testing.assert_allclose(done.gates[:, 1], kept, rtol=1e-4)
    np.testing.assert_allclose(done.after, state.c, rtol=1e-4)


def test_the_units_that_a_word_changed_most_come_first() -> None:
    before, after = np.zeros((2, 4), np.float32), np.zeros((2, 4), np.float32)
    after[1] = (0.1, -2, 0, 1)
    done = Step(np.zeros((2, 4, 4), np.float32), before, after)
    assert done.most_changed(1, 3) == [Unit(1, 1), Unit(1, 3), Unit(1, 0)]


def test_a_unit_has_the_name_of_what_it_follows_closely() -> None:
    generator = Generator(fluent())
    found = surveyed(generator, small.jokes())
    for follower in found.followers():
        assert found.name_of(follower.unit) == found.followed_by(follower.unit)[0]
    correlations = np.abs(found.correlations).max(0)[0]  # (H,)
    for number in np.flatnonzero(correlations < 0.3).tolist():
        assert found.name_of(Unit(0, number)) == ""
