from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from jokebox.lm.answers import Answer, Spoken, draw_together, retell, speak
from jokebox.lm.config import Manner, Sampling
from jokebox.lm.generator import Generator, State
from jokebox.lm.tokenizer import CAPITAL, END, UPPER
from tests import small

PROMPT = "Why did the owl"
EVEN = Sampling(1, 0, 1, 0)
CAREFUL = Sampling(0.01, 0, 1, 0)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator(small.untrained())


@pytest.fixture(scope="module")
def fluent() -> Generator:
    return Generator(small.fluent())


def drawn(seed: int = 3, opening: int = 0) -> Answer:
    return Answer(np.random.default_rng(seed), opening)


def told(
    generator: Generator, answer: Answer, manner: Manner | None = None, prompt: str = PROMPT
) -> list[Spoken]:
    chosen = manner or Manner(EVEN)
    return list(speak(generator, read(generator, prompt), lambda: chosen, answer))


def read(generator: Generator, text: str) -> State:
    return generator.read(generator.fresh(), generator.tokenizer.encode(text))


def same(one: State, other: State) -> bool:
    return all(map(np.array_equal, vars(one).values(), vars(other).values()))


def text(spoken: list[Spoken]) -> str:
    return "".join(word.text for word in spoken)


def test_each_token_is_read_exactly_once(generator: Generator) -> None:
    ids: list[int] = []
    start = read(generator, PROMPT)
    for spoken in islice(speak(generator, start, lambda: Manner(EVEN), drawn()), 20):
        if not spoken.text:
            break
        ids += spoken.ids
        assert same(spoken.state, generator.read(start, ids))
    assert ids


def test_the_bits_of_a_word_are_the_models_own(generator: Generator) -> None:
    start = read(generator, PROMPT)
    spoken = next(speak(generator, start, lambda: Manner(CAREFUL), drawn()))
    assert spoken.bits == pytest.approx(generator.cost(start, spoken.ids))


@pytest.mark.parametrize(("likely", "pulled"), [(0.2, True), (0.05, False)])
def test_a_pull_acts_only_on_tokens_that_fit_by_the_model_itself(
    generator: Generator, likely: float, pulled: bool
) -> None:
    first, second = (generator.tokenizer.encode(word)[0] for word in ("owl", "moon"))
    log_p = np.full(generator.tokenizer.size, -99, np.float32)
    log_p[[first, second]] = np.log([1, likely])
    pull = np.zeros_like(log_p)
    pull[second] = 20
    id = drawn().draw(generator, log_p, generator.fresh().ids, Manner(EVEN), pull)
    assert id == (second if pulled else first)


def test_words_are_spelled_only_if_invented_words_are_allowed(generator: Generator) -> None:
    spelling = range(generator.tokenizer.size)[generator.tokenizer.spelling]

    def spelled(*, invented_words: bool) -> bool:
        manner = Manner(Sampling(2, 0, 1, 0), invented_words=invented_words)
        words = speak(generator, generator.fresh(), lambda: manner, drawn(1))
        return any(id in spelling for word in islice(words, 60) for id in word.ids)

    assert spelled(invented_words=True)
    assert not spelled(invented_words=False)


def test_a_word_that_is_spelled_in_the_joke_may_be_copied_whole_but_no_other_made_up(
    generator: Generator,
) -> None:
    spelled = generator.tokenizer.encode_spaced(" Blorp")
    assert len(spelled) == len("C blorp")  # a case mark, and a byte each
    state = read(generator, "Why did Blorp")
    allowed = [0, 0]
    for place in range(1, len(spelled)):
        forbidden = generator.forbidden(
            generator.read(state, spelled[:place]).ids, spelled[:place], invented_words=False
        )
        allowed[0] += spelled[place] not in forbidden
        allowed[1] = generator.tokenizer.size - len(set(forbidden.tolist()))
        if place > 1:  # in the middle of the word
            assert allowed[1] == 1
    assert allowed[0] == len(spelled) - 1


def test_a_case_mark_is_followed_by_the_word_it_marks(generator: Generator) -> None:
    marked = [word for word in told(generator, drawn()) if {CAPITAL, UPPER} & set(word.ids)]
    assert marked
    for word in marked:
        assert sum(id in (CAPITAL, UPPER) for id in word.ids) == 1
        assert word.text.lower() != word.text


def test_another_manner_applies_from_the_next_word_on(generator: Generator) -> None:
    manner = Manner(Sampling(5, 0, 1, 0))
    spoken = speak(generator, generator.fresh(), lambda: manner, drawn(1))
    first = next(spoken)
    manner = Manner(Sampling(0, 0, 1, 0))
    dull = speak(generator, first.state, lambda: manner, drawn(2))
    assert next(spoken).ids == next(dull).ids


def test_an_answer_may_end_the_joke_at_once_but_not_if_turns_are_taken() -> None:
    generator = Generator(small.biased(20, END))
    assert [word.text for word in told(generator, drawn())] == [""]
    first, *rest = told(generator, drawn(), Manner(EVEN, take_turns=True))
    assert first.text
    assert [word.text for word in rest] == [""]


def test_an_answer_ends_at_the_word_limit() -> None:
    answer = drawn()
    words = told(Generator(small.endless()), answer, Manner(EVEN, word_limit=5))
    assert (answer.ended, answer.words) == ("limit", 5)
    assert words[-1].text


def test_a_model_that_tells_only_marks_ends_too() -> None:
    tokenizer = small.untrained().tokenizer
    mark = tokenizer.encode_spaced(".")
    answer = drawn()
    told(Generator(small.biased(1000, *mark)), answer, Manner(EVEN, word_limit=1))
    assert (answer.ended, answer.words) == ("limit", 0)


def test_taking_turns_an_answer_ends_after_a_sentence(fluent: Generator) -> None:
    answer = drawn()
    words = told(fluent, answer, Manner(CAREFUL, take_turns=True), "Why did the owl cross the moon")
    assert (text(words), answer.ended) == ("?", "sentence")


def test_taking_turns_the_last_sentence_ends_the_joke(fluent: Generator) -> None:
    answer = drawn()
    prompt = "Why did the owl cross the moon?"
    *_, end = told(fluent, answer, Manner(CAREFUL, take_turns=True), prompt)
    assert (end.text, answer.ended) == ("", "end-of-joke")


def test_the_first_words_are_drawn_as_widely_as_the_model_has_learnt_them(
    fluent: Generator,
) -> None:
    def beginnings(opening: int) -> set[str]:
        told_words = (
            speak(fluent, read(fluent, "Why did"), lambda: Manner(CAREFUL), drawn(i, opening))
            for i in range(40)
        )
        return {list(islice(words, 2))[1].text for words in told_words}

    assert len(beginnings(2)) > len(small.ANIMALS)
    assert len(beginnings(0)) == 1


def test_a_temperature_of_0_takes_the_likeliest_word_from_the_first_on(fluent: Generator) -> None:
    manner = Manner(Sampling(0, 0, 1, 0))
    assert len({text(told(fluent, drawn(seed, 3), manner)) for seed in range(5)}) == 1


def test_answers_drawn_together_are_those_drawn_alone(generator: Generator) -> None:
    start, manner = read(generator, PROMPT), Manner(EVEN, word_limit=20)
    together, alone = ([drawn(seed) for seed in range(5)] for _ in range(2))
    draw_together(generator, start, manner, together, lambda: False)
    for one, other in zip(together, alone, strict=True):
        list(speak(generator, start, lambda: manner, other))
        assert (one.ids, one.ended, one.words) == (other.ids, other.ended, other.words)
        assert one.bits == pytest.approx(other.bits, rel=1e-4)


def test_drawing_together_can_be_stopped(generator: Generator) -> None:
    answers = [drawn(seed) for seed in range(3)]
    draw_together(generator, generator.fresh(), Manner(EVEN), answers, lambda: bool(answers[0].ids))
    assert [len(answer.ids) for answer in answers] == [1, 1, 1]


@pytest.mark.parametrize("limit", [7, 100])
def test_an_answer_is_retold_word_for_word(generator: Generator, limit: int) -> None:
    start, manner, answer = read(generator, PROMPT), Manner(EVEN, limit), drawn(4)
    first = list(speak(generator, start, lambda: manner, answer))
    again = list(retell(generator, start, answer.ids))
    assert [(w.text, w.bits, w.ids) for w in again] == [(w.text, w.bits, w.ids) for w in first]
    assert all(same(one.state, other.state) for one, other in zip(first, again, strict=True))
