from __future__ import annotations

from statistics import mean

import numpy as np
import pytest

from jokebox.lm.answers import Answer, draw_together
from jokebox.lm.config import Manner, Sampling
from jokebox.lm.corpus import build_corpus
from jokebox.lm.drafts import Drafter, affordable_drafts, time_step
from jokebox.lm.generator import Generator
from jokebox.lm.tokenizer import END
from tests import small

SETUP = "Why did the owl"
PAIRS = [
    (one, other, n)
    for one, other in (("cow", "hay"), ("cat", "milk"), ("dad", "rent"))
    for n in range(60)
]


def drafts(generator: Generator, number: int, limit: int = 100) -> list[Answer]:
    answers = [Answer(np.random.default_rng(seed)) for seed in range(number)]
    state = generator.read(generator.fresh(), generator.tokenizer.encode(SETUP))
    manner = Manner(Sampling(1, 0, 1, 0), limit)
    draw_together(generator, state, manner, answers, lambda: False)
    return answers


def paired() -> Generator:
    """Return an untrained model of jokes whose punchlines belong to their setups."""
    pairs = [f"Why did the {one} go to {n}? Because of {other}." for one, other, n in PAIRS]
    others = [f"{n} is a number. It is." for n in range(60, 4000)]  # or the words were too common
    return Generator(small.untrained(build_corpus(pairs + others, ("pairs",))))


def test_if_nothing_belongs_to_the_setup_the_surest_come_first() -> None:
    generator = Generator(small.fluent(build_corpus(small.jokes(20), ("few",))))
    before, answers = generator.tokenizer.encode(SETUP), drafts(generator, 12)
    ranked = Drafter(generator).rank(before, answers)
    assert [mean(a.bits) for a in ranked] == sorted(mean(a.bits) for a in ranked)


def test_a_punchline_that_belongs_to_its_setup_may_cost_more() -> None:
    generator = paired()
    encode = generator.tokenizer.encode
    answers = [
        Answer(np.random.default_rng(1), ids=encode(f"Because of {thing}."), bits=[bits])
        for thing, bits in (("milk", 2.0), ("hay", 2.5), ("rent", 3.0), ("hay", 9.0))
    ]
    ranked = Drafter(generator).rank(encode("Why did the cow go to 7?"), answers)
    assert ranked == [answers[1], answers[0], answers[2], answers[3]]


def test_drafts_are_pulled_towards_what_belongs_to_the_setup() -> None:
    generator = paired()
    setup = generator.tokenizer.encode("Why did the cow go to 7?")
    state = generator.read(generator.fresh(), setup)
    manner = Manner(Sampling(1, 0, 1, 0), word_limit=20)

    def hay(before: list[int]) -> int:
        answers = [Answer(np.random.default_rng(seed)) for seed in range(100)]
        Drafter(generator).draw(state, before, manner, answers, lambda: False)
        (word,) = generator.tokenizer.encode("hay")
        return sum(answer.ids.count(word) for answer in answers)

    assert hay(setup) > 3 * max(1, hay([]))


def test_a_draft_that_says_nothing_comes_last() -> None:
    generator = Generator(small.untrained())
    answers = drafts(generator, 4, limit=8)
    answers[1] = Answer(np.random.default_rng(1), ids=[END], bits=[0.01], ended="end-of-joke")
    for answer in (answers[0], answers[2], answers[3]):
        answer.ended = "sentence"
    assert Drafter(generator).rank([], answers)[-1] is answers[1]


def test_a_draft_that_was_cut_off_comes_last() -> None:
    generator = Generator(small.untrained())
    answers = drafts(generator, 8, limit=8)
    answers[2].ended, answers[2].bits = "limit", [0.0]
    answers[5].ended = "end-of-joke"
    for answer in answers[:2] + answers[3:5] + answers[6:]:
        answer.ended = "end-of-joke"
    assert Drafter(generator).rank([], answers)[-1] is answers[2]


@pytest.mark.parametrize(
    ("milliseconds", "drafts"), [(1, 64), (10, 64), (20, 32), (160, 4), (9000, 1)]
)
def test_a_slow_machine_makes_fewer_drafts(milliseconds: float, drafts: int) -> None:
    assert affordable_drafts(milliseconds / 1000) == drafts


def test_a_step_of_drafts_is_timed() -> None:
    assert time_step(Generator(small.untrained())) > 0
