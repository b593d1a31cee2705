from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.generator import Generator
from jokebox.sharing.likely import CHOICES, likely_words
from jokebox.talk.archive import Archive
from jokebox.talk.conversation import Conversation
from jokebox.talk.transcript import Transcript
from tests import small


@pytest.fixture(scope="module")
def model() -> Checkpoint:
    return small.fluent()


@pytest.fixture
def talk(model: Checkpoint) -> Transcript:
    return Archive().read(small.keep_talk(model, "Why did the cow", "", "Why did the duck"))


def test_each_word_has_its_likeliest_alternatives_and_itself(
    talk: Transcript, model: Checkpoint
) -> None:
    likely = likely_words(talk, Generator(model))
    places = {(turn.number, place) for turn in talk.turns for place in range(len(turn.words))}
    assert likely.keys() == places
    for turn in talk.turns:
        for place, word in enumerate(turn.words):
            choices = likely[turn.number, place]
            assert len(choices) == CHOICES
            (told,) = (choice for choice in choices if choice.text == word.text)
            assert told.p == pytest.approx(2**-word.bits, rel=1e-3)


def test_they_are_those_that_the_screen_shows(talk: Transcript, model: Checkpoint) -> None:
    conversation = Conversation(Generator(model))
    conversation.restore(talk.all_turns, talk.last, talk.states, in_joke=False)
    shown = conversation.generator.next_words(conversation.state_before(2, 1), CHOICES)
    assert [choice.text for choice in likely_words(talk, Generator(model))[2, 1]][:-1] == [
        choice.text for choice in shown
    ][:-1]


def test_other_weights_would_have_had_other_words(talk: Transcript, model: Checkpoint) -> None:
    other = {name: weight + 0.1 for name, weight in model.weights.items()}
    assert likely_words(talk, Generator(replace(model, weights=other))) == {}


def test_what_earlier_weights_told_is_left_out(talk: Transcript, model: Checkpoint) -> None:
    del talk.states[0]  # as it is when other weights take over after that turn
    assert {turn for turn, _ in likely_words(talk, Generator(model))} == {1, 2}
