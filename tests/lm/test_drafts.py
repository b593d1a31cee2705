from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
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
BELONGS = {"cow": "hay", "cat": "milk", "dad": "rent"}


def drafts(generator: Generator, number: int, limit: int = 100) -> list[Answer]:
    answers = [Answer(np.random.default_rng(seed)) for seed in range(number)]
    state = generator.read(generator.fresh(), generator.tokenizer.encode(SETUP))
    manner = Manner(Sampling(1, 0, 1, 0), limit)
    draw_together(generator, state, manner, answers, lambda: False)
    return answers


def paired(belongs: Mapping[str, str] = BELONGS) -> Generator:
    """Return a model that puts any punchline of its jokes behind any of their setups."""
    pairs = [
        f"Why did the {one} go to {n}? Because of {belongs[one]}."
        for one in BELONGS
        for n in range(60)
    ]
    others = [f"{n} is a number. It is." for n in range(60, 4000)]  # or the words were too common
    return Generator(small.fluent(build_corpus(pairs + others, ("pairs",))))


def test_if_nothing_belongs_to_the_setup_the_surest_come_first() -> None:
    generator = paired()
    encode = generator.tokenizer.encode
    answers = [
        Answer(np.random.default_rng(1), ids=encode("Because of hay."), bits=bits)
        for bits in ([2.0, 2.0], [1.0, 4.0], [1.0], [0.5, 2.0, 1.0])
    ]
    ranked = Drafter(generator).rank(encode("Why did he?"), answers)
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


def first_words(generator: Generator, joke: str, seen: str) -> Counter[str]:
    """Return with which words 100 drafts go on after `joke`, if what pulls them is `seen`."""
    encode = generator.tokenizer.encode
    answers = [Answer(np.random.default_rng(seed)) for seed in range(100)]
    state = generator.read(generator.fresh(), encode(joke))
    manner = Manner(Sampling(1, 0, 1, 0), word_limit=2)
    Drafter(generator).draw(state, encode(seen), manner, answers, lambda: False)
    return Counter(generator.tokenizer.decode(answer.ids[:1]) for answer in answers)


def test_drafts_are_pulled_towards_what_belongs_to_the_setup() -> None:
    joke = "Why did the cow go to 7? Because of"
    assert first_words(paired(), joke, joke)["hay"] > 2 * first_words(paired(), joke, "")["hay"]


def test_other_weights_rank_by_what_their_own_jokes_say() -> None:
    drafter = Drafter(paired())
    drafter.prepare()
    generator = paired({"cow": "rent", "dad": "hay", "cat": "milk"})
    drafter.change_generator(generator)
    encode = generator.tokenizer.encode
    answers = [
        Answer(np.random.default_rng(1), ids=encode(f"Because of {thing}."), bits=[2.0])
        for thing in ("hay", "rent")
    ]
    assert drafter.rank(encode("Why did the cow go to 7?"), answers) == answers[::-1]


def test_what_belongs_together_is_counted_once_for_weights_of_the_same_jokes() -> None:
    generator = paired()
    drafter = Drafter(generator)
    counted = drafter.prepare()
    drafter.change_generator(Generator(generator.checkpoint))
    assert drafter.prepare() is counted


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


def test_a_draft_that_goes_round_in_a_loop_comes_last() -> None:
    generator = Generator(small.fluent(build_corpus(small.jokes(20), ("few",))))
    answers = drafts(generator, 2)
    words = generator.tokenizer.encode("the owl saw the moon and")
    answers[0].ids, answers[0].bits = [*words, *words], [0.0]
    answers[1].ids = [*words[:5], words[5], *words[:5]]  # shorter: jokes do that
    for answer in answers:
        answer.ended = "end-of-joke"
    assert Drafter(generator).rank([], answers)[-1] is answers[0]


@pytest.mark.parametrize(
    ("milliseconds", "drafts"), [(1, 64), (10, 64), (20, 32), (160, 4), (9000, 1)]
)
def test_a_slow_machine_makes_fewer_drafts(milliseconds: float, drafts: int) -> None:
    assert affordable_drafts(milliseconds / 1000) == drafts


def test_a_step_of_drafts_is_timed() -> None:
    assert time_step(Generator(small.untrained())) > 0
