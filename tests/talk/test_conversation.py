from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, Sampling
from jokebox.lm.corpus import build_corpus
from jokebox.lm.generator import Generator, State
from jokebox.lm.novelty import Novelty
from jokebox.lm.text import is_word
from jokebox.lm.tokenizer import END
from jokebox.talk import conversation
from jokebox.talk.conversation import DRAFTED, Conversation
from jokebox.talk.events import Drafting, TalkMoved, TurnBegan, TurnEnded, WordTold
from jokebox.talk.turns import Turn, Word
from tests import small
from tests.small import words_of

SAMPLING = Sampling(1.0, 0, 1.0, 0.0)
MANNER = Manner(SAMPLING)
PROMPT = "Why did the owl"


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    return small.fluent()


@pytest.fixture
def talk(checkpoint: Checkpoint) -> Conversation:
    return Conversation(Generator(checkpoint), Novelty(checkpoint.corpus.training), MANNER)


def tell(talk: Conversation, prompt: str, limit: int = 100, seed: int = 1) -> Turn:
    talk.manner = Manner(SAMPLING, limit)
    list(talk.say(prompt, seed=seed))
    talk.manner = MANNER
    return talk.turns[-1]


def read_all(talk: Conversation, generator: Generator) -> State:
    ids = [id for turn in talk.turns for id in turn.ids]
    return generator.read(generator.fresh(), ids)


def same(one: State, other: State) -> bool:
    return all(map(np.array_equal, vars(one).values(), vars(other).values()))


def test_a_joke_is_told_to_its_end_word_by_word(talk: Conversation) -> None:
    words = list(words_of(talk.say(PROMPT, seed=1)))
    (turn,) = talk.turns
    assert turn.ended == "end-of-joke"
    assert tuple(words) == turn.words
    assert turn.joke == PROMPT + "".join(word.text for word in words)
    assert turn.ids[-1] == END
    assert not talk.in_joke


def test_the_same_seed_tells_the_same_words(checkpoint: Checkpoint) -> None:
    told = [tell(Conversation(Generator(checkpoint)), PROMPT, seed=seed) for seed in (5, 5, 6)]
    assert told[0].words == told[1].words
    assert told[0].words != told[2].words


def test_the_state_has_read_every_token_once(talk: Conversation) -> None:
    for prompt, limit in ((PROMPT, 100), ("Why did the cow", 3), ("", 100), ("moon", 2)):
        tell(talk, prompt, limit)
        assert same(talk.state, read_all(talk, talk.generator))


def test_the_state_carries_into_the_next_turn(checkpoint: Checkpoint) -> None:
    fresh, later = (Conversation(Generator(checkpoint)) for _ in range(2))
    tell(later, "Why did the frog")
    tell(fresh, PROMPT, limit=1)
    tell(later, PROMPT, limit=1)
    logits = [talk.generator.log_p(talk.state) for talk in (fresh, later)]
    assert np.abs(logits[0] - logits[1]).max() > 1e-4


def test_a_joke_stopped_at_the_limit_continues_with_the_next_prompt(talk: Conversation) -> None:
    first = tell(talk, PROMPT, limit=3)
    assert first.ended == "limit"
    assert talk.in_joke
    second = tell(talk, "moon?")
    assert not second.opens_joke
    assert END not in (*first.ids, *second.ids[:-1])
    assert second.joke == f"{first.joke} moon?" + "".join(word.text for word in second.words)


def test_a_stopped_answer_includes_what_was_said_and_its_joke_stays_open(
    talk: Conversation,
) -> None:
    stop = threading.Event()
    for number, _ in enumerate(words_of(talk.say(PROMPT, seed=1, stop=stop))):
        if number == 1:
            stop.set()
    assert (talk.turns[-1].ended, len(talk.turns[-1].words)) == ("stopped", 2)
    assert talk.in_joke
    assert same(talk.state, read_all(talk, talk.generator))


def test_closing_an_answer_stops_it(talk: Conversation) -> None:
    answer = talk.say(PROMPT, seed=1)
    shown = list(islice(words_of(answer), 2))
    answer.close()  # type: ignore[attr-defined]
    assert talk.turns[-1].words == tuple(shown)
    assert same(talk.state, read_all(talk, talk.generator))


def test_a_new_joke_ends_the_open_one_and_the_state_continues(talk: Conversation) -> None:
    tell(talk, PROMPT, limit=3)
    talk.new_joke()
    assert not talk.in_joke
    second = tell(talk, PROMPT)
    assert second.opens_joke
    assert second.ids[0] == END
    assert not same(talk.state_before(second.number, 0), talk.generator.fresh())
    assert same(talk.state, read_all(talk, talk.generator))


def test_an_empty_prompt_tells_another_joke(talk: Conversation) -> None:
    tell(talk, PROMPT, limit=3)
    turn = tell(talk, "   ")
    assert turn.opens_joke
    assert turn.prompt == ""
    assert turn.words


def test_a_new_talk_is_fresh(talk: Conversation) -> None:
    tell(talk, PROMPT)
    talk.new_talk()
    assert talk.turns == ()
    assert same(talk.state, talk.generator.fresh())


def test_rewinding_restores_the_state_before_the_turn(talk: Conversation) -> None:
    tell(talk, PROMPT, limit=2)
    state = talk.state
    turn = tell(talk, "moon")
    assert talk.rewind() == (TalkMoved(turn.parent, in_joke=True),)
    assert same(talk.state, state)
    assert talk.in_joke
    assert tell(talk, "moon").words == turn.words
    talk.rewind()
    talk.rewind()
    assert same(talk.state, talk.generator.fresh())
    assert talk.rewind() == ()


def test_answering_again_starts_from_the_same_state(talk: Conversation) -> None:
    tell(talk, "Why did the cow", limit=2)
    for prompt in ("moon", ""):
        first = tell(talk, prompt, seed=1)
        list(talk.answer_again(first.number, seed=2))
        other = talk.turns[-1]
        assert same(talk.state_before(other.number, 0), talk.state_before(first.number, 0))
        list(talk.answer_again(other.number, seed=1))
        assert talk.turns[-1].words == first.words
        assert talk.alternatives()[-1][:3] == tuple(first.number + i for i in range(3))


def test_another_prompt_is_answered_from_the_same_state(talk: Conversation) -> None:
    tell(talk, "Why did the cow", limit=2)
    first = tell(talk, "moon")
    list(talk.answer_again(first.number, prompt="river", seed=1))
    edited = talk.turns[-1]
    assert (edited.prompt, edited.parent, edited.opens_joke) == (
        "river",
        first.parent,
        first.opens_joke,
    )
    assert same(talk.state, read_all(talk, talk.generator))


def test_an_alternative_can_be_shown_again_with_all_that_came_after(talk: Conversation) -> None:
    first = tell(talk, PROMPT)
    after = tell(talk, "Why did the cow")
    states = [talk.state]
    list(talk.answer_again(first.number, seed=9))
    other = talk.turns[-1]
    assert [turn.number for turn in talk.turns] == [other.number]
    talk.show(first.number)
    assert [turn.number for turn in talk.turns] == [first.number, after.number]
    assert same(talk.state, states[0])


def test_a_branch_continues_from_an_earlier_turn(talk: Conversation) -> None:
    first = tell(talk, PROMPT)
    state = talk.state
    tell(talk, "Why did the cow")
    talk.go_to(first.number)
    assert same(talk.state, state)
    branch = tell(talk, "Why did the duck")
    assert branch.parent == first.number
    assert same(talk.state, read_all(talk, talk.generator))


def test_an_answer_is_continued_without_a_prompt(talk: Conversation) -> None:
    whole = tell(talk, PROMPT, seed=4)
    talk.new_talk()
    first = tell(talk, PROMPT, limit=3, seed=4)
    talk.manner = Manner(Sampling(0))
    list(talk.continue_answer(first.number, seed=1))
    more = talk.turns[-1]
    assert not more.opens_joke
    assert more.words
    assert more.joke == first.joke + "".join(word.text for word in more.words)
    assert whole.joke.startswith(first.joke)
    assert same(talk.state, read_all(talk, talk.generator))


def test_a_chosen_word_replaces_one_and_the_answer_continues_from_it(talk: Conversation) -> None:
    turn = tell(talk, PROMPT)
    typed = talk.word(turn.number, 2, "moon")
    assert typed.bits == pytest.approx(
        talk.generator.cost(talk.state_before(turn.number, 2), typed.ids)
    )
    told = list(words_of(talk.answer_again(turn.number, given=(*turn.words[:2], typed), seed=3)))
    again = talk.turns[-1]
    assert again.words == (*turn.words[:2], typed, *told)
    assert again.joke.split()[len(PROMPT.split()) :][2].startswith("moon")
    assert same(talk.state, read_all(talk, talk.generator))


def test_an_answer_is_written_word_by_word_and_undone(talk: Conversation) -> None:
    tell(talk, "Why did the cow")
    talk.write(PROMPT, seed=1)
    draft = talk.turns[-1]
    assert draft.words == ()
    states = [talk.state]
    for text in ("sing", "?"):
        place = len(talk.turns[-1].words)
        word = talk.word(talk.turns[-1].number, place, text)
        talk.rewrite(talk.turns[-1].number, (*talk.turns[-1].words, word))
        states.append(talk.state)
        assert same(talk.state, read_all(talk, talk.generator))
    assert talk.turns[-1].joke == f"{PROMPT} sing?"
    talk.rewrite(talk.turns[-1].number, talk.turns[-1].words[:-1])
    assert same(talk.state, states[1])
    assert talk.alternatives()[-1] == (talk.turns[-1].number,)
    written = talk.turns[-1].words
    told = list(words_of(talk.answer_again(talk.turns[-1].number, given=written, seed=1)))
    assert talk.turns[-1].words == (*written, *told)
    assert len(talk.turns) == 2


def test_a_joke_can_be_ended_before_any_word(talk: Conversation) -> None:
    turn = tell(talk, PROMPT)
    talk.end(turn.number, 2)
    ended = talk.turns[-1]
    assert (ended.words, ended.ended) == (turn.words[:2], "end-of-joke")
    assert not talk.in_joke
    assert talk.alternatives()[-1][:2] == (turn.number, ended.number)
    assert same(talk.state, read_all(talk, talk.generator))


def test_a_typed_punctuation_mark_gets_no_space_before_it(talk: Conversation) -> None:
    turn = tell(talk, PROMPT)
    assert talk.word(turn.number, 1, " , ").text == ","
    assert talk.word(turn.number, 1, "zebra").text == " zebra"


def test_other_weights_read_the_complete_talk(talk: Conversation) -> None:
    for prompt, limit in ((PROMPT, 3), ("moon", 100), ("", 4), ("", 100)):
        tell(talk, prompt, limit)
    other = Generator(small.untrained(talk.generator.checkpoint.corpus, seed=7))
    talk.change_generator(other)
    assert same(talk.state, read_all(talk, other))
    states = [talk.state]
    while talk.rewind():
        states.append(talk.state)
        assert same(talk.state, read_all(talk, other))
    assert same(states[-1], other.fresh())


def test_a_model_with_other_words_reads_the_same_text(talk: Conversation) -> None:
    for prompt, limit in ((PROMPT, 3), ("moon", 100), (PROMPT, 3), ("", 100)):
        tell(talk, prompt, limit)
    jokes = [turn.joke for turn in talk.turns]
    corpus = build_corpus([f"Owls like number {i}." for i in range(30)], ("numbers",))
    other = Generator(small.untrained(corpus))
    talk.change_generator(other)
    assert [turn.joke for turn in talk.turns] == jokes
    ids = [id for turn in talk.turns for id in turn.ids]
    told = jokes[1] + jokes[2] + jokes[3]  # the first turn's joke is the beginning of the second's
    assert other.tokenizer.decode(ids).replace(" ", "") == told.replace(" ", "")
    assert same(talk.state, read_all(talk, other))


def test_what_drafts_need_can_be_counted_before_the_first_answer(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.prepare()
    read = []

    def pieces(text: str) -> list[str]:
        read.append(text)
        return text.split()

    monkeypatch.delattr("jokebox.lm.drafts.Association")
    monkeypatch.setattr("jokebox.lm.novelty.pieces", pieces)
    list(talk.say(PROMPT, seed=1))
    assert set(read) == {talk.turns[0].joke}  # to find what it copies


def test_a_long_talk_is_read_again_from_its_last_tokens(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "REREAD", 200)
    while sum(len(turn.ids) for turn in talk.turns) <= 200:
        tell(talk, "Why did the cow", seed=len(talk.turns))
    other = Generator(small.untrained(talk.generator.checkpoint.corpus, seed=7))
    talk.change_generator(other)
    ids = [id for turn in talk.turns for id in turn.ids]
    assert same(talk.state, other.read(other.fresh(), ids[-200:]))


def test_an_answer_of_punctuation_alone_is_stopped_at_the_limit() -> None:
    checkpoint = small.untrained()
    bias = checkpoint.weights["output.bias"].copy()
    bias[checkpoint.tokenizer.encode("?")] = 1000
    weights = dict(checkpoint.weights) | {"output.bias": bias}
    talk = Conversation(Generator(replace(checkpoint, weights=weights)))
    assert tell(talk, "Why", limit=5).ended == "limit"


def test_the_tutorials_model_skips_words_that_it_does_not_know() -> None:
    training = replace(small.QUICK, tokens="whitespace")
    talk = Conversation(Generator(small.untrained(training=training)))
    turn = tell(talk, "Why did the zebra", limit=8)
    assert turn.skipped == ("zebra",)
    assert turn.ended == "limit"
    assert len(turn.words) == 8
    assert same(talk.state, read_all(talk, talk.generator))


def test_a_recited_joke_is_recognised(talk: Conversation) -> None:
    joke = talk.generator.checkpoint.corpus.training[0]
    turn = tell(talk, joke.removesuffix("."))  # in the corpus, a full stop follows the last word
    assert turn.joke == joke
    assert turn.copied is not None
    assert turn.copied.recited
    assert turn.copied.source == joke


def test_hostile_prompts_are_made_harmless(talk: Conversation) -> None:
    turn = tell(talk, "Why\x1b[31m did\u202e \ud800the\ncow", limit=2)
    assert turn.prompt == "Why[31m did the cow"


def test_a_word_has_its_text_and_its_cost(talk: Conversation) -> None:
    word = tell(talk, PROMPT).words[0]
    assert isinstance(word, Word)
    assert word.text.startswith(" ")
    assert word.bits >= 0


def test_an_answer_reports_what_happens_as_it_happens(talk: Conversation) -> None:
    first = tell(talk, PROMPT)
    given = (*first.words[:1], talk.word(first.number, 1, "moon"))
    began, drafting, *told, ended = talk.answer_again(first.number, given=given, seed=2)
    assert isinstance(began, TurnBegan)
    assert (began.turn.prompt, began.turn.words) == (PROMPT, given)
    assert isinstance(drafting, Drafting)
    words = [event.word for event in told if isinstance(event, WordTold)]
    assert len(words) == len(told)
    assert isinstance(ended, TurnEnded)
    assert ended.turn == talk.turns[-1]
    assert ended.turn.words == (*given, *words)
    assert same(ended.state, talk.state)


def test_a_move_reports_where_the_talk_is_and_nothing_if_it_was_there_already(
    talk: Conversation,
) -> None:
    first = tell(talk, PROMPT, limit=2)
    assert talk.go_to(first.number) == ()
    assert talk.new_joke() == (TalkMoved(first.number, in_joke=False),)
    assert talk.new_joke() == ()
    second = tell(talk, PROMPT)
    assert talk.go_to(first.number) == (TalkMoved(first.number, in_joke=True),)
    assert talk.show(second.number) == (TalkMoved(second.number, in_joke=False),)


def test_a_change_of_manner_applies_from_the_next_word_on(talk: Conversation) -> None:
    answer = words_of(talk.say(PROMPT, seed=1))
    first = next(answer)
    talk.manner = Manner(SAMPLING, word_limit=2)
    assert [first, *answer] == list(talk.turns[-1].words)
    assert len(talk.turns[-1].words) == 2


# Drafts -------------------------------------------------------------------------------------------


def drafted(talk: Conversation, prompt: str = PROMPT, seed: int = 1, number: int = 8) -> Turn:
    talk.manner = replace(MANNER, drafts=number)
    list(talk.say(prompt, seed=seed))
    return talk.turns[-1]


def test_the_best_of_several_drafts_is_told_and_the_others_are_kept(talk: Conversation) -> None:
    turn = drafted(talk)
    assert turn.drafts == 8
    answer = (*turn.answer_ids, *turn.end_ids)
    assert answer not in [draft.ids for draft in turn.others]
    assert 0 < len(turn.others) < 8  # two that are the same are kept once
    assert len(set(turn.others)) == len(turn.others)


def test_the_same_seed_and_number_of_drafts_tell_the_same_words(checkpoint: Checkpoint) -> None:
    talks = [Conversation(Generator(checkpoint), manner=MANNER) for _ in range(2)]
    assert drafted(talks[0]).words == drafted(talks[1]).words
    assert drafted(talks[0], number=1).others == ()


def test_without_a_prompt_the_opening_is_drawn_once_for_all_drafts(talk: Conversation) -> None:
    for seed in range(5):
        turn = drafted(talk, "", seed)
        openings = {draft.ids[:3] for draft in turn.others} | {turn.answer_ids[:3]}
        assert len(openings) == 1


def test_a_draft_that_copies_a_joke_is_passed_over(checkpoint: Checkpoint) -> None:
    generator = Generator(checkpoint)
    for seed in range(10):
        first = drafted(Conversation(generator), seed=seed)
        again = Conversation(generator, Novelty([first.joke]))
        assert drafted(again, seed=seed).joke != first.joke


def test_if_every_draft_copies_the_best_is_told(checkpoint: Checkpoint) -> None:
    jokes = small.jokes()
    turn = drafted(Conversation(Generator(checkpoint), Novelty(jokes)), jokes[0][:-6])
    assert turn.joke in jokes
    assert turn.copied is not None
    assert turn.copied.recited


def test_a_draft_that_was_not_told_can_be_told_after_all(talk: Conversation) -> None:
    first = drafted(talk)
    draft = first.others[0]
    talk.tell_draft(first.number, 0)
    (turn,) = talk.turns
    assert (*turn.answer_ids, *turn.end_ids) == draft.ids
    assert (turn.parent, turn.prompt, turn.ended) == (first.parent, first.prompt, draft.ended)
    assert same(talk.state, read_all(talk, talk.generator))
    assert first in talk.all_turns


def test_another_manner_applies_while_a_draft_is_told(talk: Conversation) -> None:
    told = drafted(talk)
    list(talk.rewind())
    events = talk.say(PROMPT, seed=1)
    for number, _ in enumerate(words_of(events)):
        if number == 1:
            talk.manner = Manner(Sampling(0, 0, 1, 0))
    turn = talk.turns[-1]
    assert turn.words[:2] == told.words[:2]
    best = talk.generator.next_words(talk.state_before(turn.number, 2), 1)[0]
    assert turn.words[2].ids == best.ids


def test_an_answer_longer_than_a_draft_goes_on_to_its_limit() -> None:
    talk = Conversation(Generator(small.endless()))
    talk.manner = Manner(SAMPLING, word_limit=150, drafts=2)
    list(talk.say(PROMPT, seed=1))
    (turn,) = talk.turns
    assert (sum(is_word(word.text) for word in turn.words), turn.ended) == (150, "limit")
    (draft,) = turn.others
    assert sum(map(is_word, talk.generator.tokenizer.decode(draft.ids).split())) <= DRAFTED
    assert same(talk.state, read_all(talk, talk.generator))


def test_stopped_while_it_drafts_nothing_more_is_told(talk: Conversation) -> None:
    stop = threading.Event()
    stop.set()
    list(talk.say(PROMPT, seed=1, stop=stop))
    assert (talk.turns[-1].words, talk.turns[-1].ended) == ((), "stopped")
    assert talk.in_joke


def test_a_slow_machine_drafts_fewer_and_the_turn_says_how_many(talk: Conversation) -> None:
    talk.most_drafts = 2
    assert drafted(talk).drafts == 2


def test_what_another_model_drafted_is_forgotten(talk: Conversation) -> None:
    drafted(talk)
    other = small.fluent(
        build_corpus(["A cow and a duck meet." + j for j in small.jokes()], ("o",))
    )
    talk.change_generator(Generator(other))
    assert talk.turns[-1].others == ()


# Taking turns -------------------------------------------------------------------------------------


@pytest.fixture
def turns(talk: Conversation) -> Conversation:
    talk.manner = Manner(Sampling(0.01, 0, 1, 0), take_turns=True)
    return talk


def test_taking_turns_the_model_stops_after_a_sentence(turns: Conversation) -> None:
    list(turns.say("Why did the owl cross the moon", seed=1))
    assert (turns.turns[-1].text, turns.turns[-1].ended) == ("?", "sentence")
    assert turns.in_joke


def test_taking_turns_what_the_user_says_goes_on_with_the_joke(turns: Conversation) -> None:
    list(turns.say("Why did the owl cross the moon", seed=1))
    list(turns.say("Because it", seed=1))
    first, second = turns.turns
    assert not second.opens_joke
    assert second.joke.startswith(first.joke + " Because it")


def test_taking_turns_saying_nothing_lets_the_model_go_on(turns: Conversation) -> None:
    list(turns.say("Why did the owl cross the moon", seed=1))
    list(turns.say("", seed=1))
    assert not turns.turns[-1].opens_joke
    assert turns.turns[-1].words


# Copying ------------------------------------------------------------------------------------------


@pytest.fixture
def copying() -> Conversation:
    """Return a talk with a model that only copies."""
    checkpoint = small.untrained()
    checkpoint.weights["sentinel.bias"][:] = -30
    return Conversation(Generator(checkpoint), manner=MANNER)


def test_a_word_is_said_to_be_copied_from_the_word_that_it_repeats(copying: Conversation) -> None:
    list(copying.say("Why", seed=1))
    turn = copying.turns[-1]
    places = set()
    for place, word in enumerate(turn.words):
        copied = copying.copied(turn.number, place)
        assert copied is not None
        assert copied.share == pytest.approx(1)
        assert copied.source.casefold() == word.text.strip().casefold()
        assert copied.turn == turn.number
        if copied.place is None:
            assert turn.prompt[slice(*copied.span)] == copied.source
        else:
            assert copied.place < place
            assert turn.words[copied.place].text.strip() == copied.source
        places.add(copied.place is None)
    assert places == {True, False}, "from the prompt, and from the answer"
    assert copying.copied(turn.number, len(turn.words)) is None


def test_a_word_can_be_copied_from_an_earlier_turn_of_the_joke(copying: Conversation) -> None:
    list(copying.say("Why did Blorp", seed=1))
    first = copying.turns[-1]
    list(copying.continue_answer(first.number, seed=1))
    second = copying.turns[-1]
    found = [copying.copied(second.number, place) for place in range(len(second.words))]
    sources = [copied for copied in found if copied is not None and copied.turn == first.number]
    assert sources
    for copied in sources:
        told = first.prompt[slice(*copied.span)]
        if copied.place is not None:
            told = first.words[copied.place].text.strip()
        assert told == copied.source


def test_a_model_without_a_pointer_copies_from_no_word(talk: Conversation) -> None:
    turn = tell(talk, PROMPT)
    assert talk.copied(turn.number, 0) is None


def test_before_it_tells_the_best_draft_it_says_that_it_drafts(talk: Conversation) -> None:
    talk.manner = replace(MANNER, drafts=2)
    kinds = [type(event) for event in talk.say(PROMPT, seed=1)]
    assert kinds[:3] == [TurnBegan, Drafting, WordTold]
    talk.manner = replace(MANNER, drafts=1)
    assert Drafting not in [type(event) for event in talk.say(PROMPT, seed=1)]


def test_the_alternatives_to_a_turn_are_turns_and_then_drafts(talk: Conversation) -> None:
    first = drafted(talk)
    (shown,) = talk.alternatives()
    assert shown == (first.number, *((first.number, i) for i in range(len(first.others))))
    list(talk.answer_again(first.number, seed=2))
    (with_another,) = talk.alternatives()
    assert with_another[: 1 + len(shown)] == (shown[0], talk.turns[-1].number, *shown[1:])


def test_a_draft_that_is_told_keeps_its_place_among_the_alternatives(talk: Conversation) -> None:
    first = drafted(talk)
    (before,) = talk.alternatives()
    talk.tell_draft(first.number, 1)
    (after,) = talk.alternatives()
    assert after == (*before[:2], talk.turns[-1].number, *before[3:])


def test_an_answer_that_is_drafted_again_is_one_alternative(talk: Conversation) -> None:
    first = drafted(talk)
    (before,) = talk.alternatives()
    list(talk.answer_again(first.number, seed=first.seed))  # the same drafts once more
    (after,) = talk.alternatives()
    assert after == (first.number, talk.turns[-1].number, *before[1:])


def test_the_same_words_answer_another_prompt_otherwise(talk: Conversation) -> None:
    first = drafted(talk)
    list(talk.answer_again(first.number, prompt="Why did the duck", seed=1))
    other = talk.all_turns[-1] = replace(talk.turns[-1], others=first.others)
    (shown,) = talk.alternatives()
    assert len(shown) == 2 * (1 + len(first.others))
    assert shown[-1] == (other.number, len(other.others) - 1)


def test_the_trace_of_a_turn_has_the_words_of_its_prompt_and_then_those_of_its_answer(
    talk: Conversation,
) -> None:
    tell(talk, PROMPT)
    turn = tell(talk, "moon")
    read = talk.trace(turn.number)
    assert "".join(read.words) == f" moon{''.join(word.text for word in turn.words)}"
    np.testing.assert_allclose(
        read.memory[-1], np.tanh(talk.state_before(turn.number, len(turn.words)).c), atol=1e-3
    )


def test_newer_weights_give_another_trace(talk: Conversation) -> None:
    turn = tell(talk, PROMPT)
    before = talk.trace(turn.number)
    assert talk.trace(turn.number) is before
    talk.change_generator(Generator(small.untrained()))
    assert talk.trace(turn.number).memory.shape != before.memory.shape


def test_the_gates_at_a_word_turn_the_state_before_it_into_that_after_it(
    talk: Conversation,
) -> None:
    turn = tell(talk, PROMPT)
    done = talk.gates(turn.number, 1)
    assert done is not None
    np.testing.assert_allclose(done.before, talk.state_before(turn.number, 1).c)
    np.testing.assert_allclose(done.after, talk.state_before(turn.number, 2).c, rtol=1e-5)
    assert talk.gates(turn.number, len(turn.words)) is None
