from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from statistics import mean

import numpy as np
import pytest

from jokebox.lm.answers import Answer, draw_together
from jokebox.lm.config import Manner, Sampling
from jokebox.lm.corpus import build_corpus
from jokebox.lm.drafts import SUREST, Chooser, punchline
from jokebox.lm.generator import Generator
from jokebox.lm.tokenizer import END, WordTokenizer
from tests import small

SETUP = "Why did the owl"


def drafts(generator: Generator, number: int, limit: int = 100) -> list[Answer]:
    answers = [Answer(np.random.default_rng(seed)) for seed in range(number)]
    state = generator.read(generator.fresh(), generator.tokenizer.encode(SETUP))
    manner = Manner(Sampling(1, 0, 1, 0), limit)
    draw_together(generator, state, manner, answers, lambda: False)
    return answers


def test_of_two_drafts_that_fit_alike_the_surest_is_first() -> None:
    generator = Generator(small.fluent(build_corpus(small.jokes(20), ("few",))))
    before, answers = generator.tokenizer.encode(SETUP), drafts(generator, 12)
    rest = Chooser(generator).rank(before, answers)[1:]
    assert [mean(a.bits) for a in rest] == sorted(mean(a.bits) for a in rest)


def test_the_best_is_one_of_the_surest() -> None:
    generator = Generator(small.untrained())
    before, answers = generator.tokenizer.encode(SETUP), drafts(generator, 16, limit=8)
    ranked = Chooser(generator).rank(before, answers)
    assert sorted(map(id, ranked)) == sorted(map(id, answers))
    assert sorted(mean(a.bits) for a in answers).index(mean(ranked[0].bits)) < SUREST


def test_of_the_surest_the_punchline_that_fits_only_its_own_setup_is_first() -> None:
    pairs = {"owl": "moons", "cow": "roads", "cat": "rivers"}
    jokes = [
        f"Why did the {animal} wait for {number}? Because it likes {thing}."
        for number in range(30)
        for animal, thing in pairs.items()
    ]
    corpus = build_corpus(jokes, ("pairs",))
    training = replace(small.QUICK, epochs=60)
    generator = Generator(small.trained(corpus, training))
    before = generator.tokenizer.encode("Why did the owl wait for 7?")
    state = generator.read(generator.fresh(), before)
    answers = []
    for thing in ("roads", "moons", "rivers"):
        ids = [*generator.tokenizer.encode(f"Because it likes {thing}."), END]
        costs = [generator.cost(state, ids[:i]) for i in range(len(ids) + 1)]
        bits = [after - cost for cost, after in pairwise(costs)]
        answers.append(Answer(np.random.default_rng(1), ids=ids, bits=bits, ended="end-of-joke"))
    assert Chooser(generator).rank(before, answers)[0] is answers[1]


def test_a_draft_that_was_cut_off_comes_last() -> None:
    generator = Generator(small.untrained())
    answers = drafts(generator, 8, limit=8)
    answers[2].ended, answers[2].bits = "limit", [0.0]
    answers[5].ended = "end-of-joke"
    for answer in answers[:2] + answers[3:5] + answers[6:]:
        answer.ended = "end-of-joke"
    assert Chooser(generator).rank([], answers)[-1] is answers[2]


@pytest.mark.parametrize(
    ("setup", "rest"),
    [
        ("Why did the cow cross the road?", " Because it was late."),
        ("Knock knock. Who's there? Lettuce. Lettuce who?", " Lettuce in. It's cold."),
        ("I told my dog a joke.", " He sat."),
        ('A cow says, "Moo?" The duck says,', ' "Why?"'),
        ("", "One sentence alone."),
        ("", "no sentence"),
    ],
)
def test_a_punchline_is_what_follows_the_last_question_or_else_the_last_sentence(
    setup: str, rest: str
) -> None:
    joke = setup + rest
    tokenizer = WordTokenizer.fit([joke])
    if setup.startswith("A cow"):  # the question that nothing follows is not the last
        setup, rest = 'A cow says, "Moo?"', ' The duck says, "Why?"'
    ids = tokenizer.encode(joke)
    assert tokenizer.decode_spaced(ids[punchline(tokenizer, ids) :]).strip() == rest.strip()
