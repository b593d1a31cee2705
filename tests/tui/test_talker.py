from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from textual.message import Message

from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.generator import Generator
from jokebox.settings import Settings
from jokebox.talk.events import Event, TurnBegan, TurnEnded
from jokebox.tui.messages import InsideReady, TalkChanged, TalkEvent
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.talker import Talker
from tests.small import endless, words_of

SETTINGS = Settings(words_per_second=0, word_limit=5)


@pytest.fixture
def posted() -> list[Message]:
    return []


@pytest.fixture
def talker(posted: list[Message]) -> Talker:
    talker = Talker(posted.append)
    talker.follow(SETTINGS)
    talker.take_over(endless())
    posted.clear()
    return talker


def over(posted: list[Message]) -> TalkChanged:
    last = posted[-1]
    assert isinstance(last, TalkChanged)
    return last


def happened(posted: list[Message]) -> list[Event]:
    return [message.event for message in posted if isinstance(message, TalkEvent)]


def test_an_answer_is_posted_word_by_word_and_then_as_a_turn(
    talker: Talker, posted: list[Message]
) -> None:
    talker.say("Why did the cow")
    words = [word.text for word in words_of(happened(posted))]
    (turn,) = over(posted).turns
    assert words == [word.text for word in turn.words]
    assert isinstance(happened(posted)[0], TurnBegan)
    assert isinstance(happened(posted)[-1], TurnEnded)
    assert len(posted) == len(words) + 4  # began, drafting, ended, and what the talk is now
    assert over(posted).in_joke


def test_every_job_says_what_the_talk_is_now(talker: Talker, posted: list[Message]) -> None:
    jobs: list[tuple[Callable[[], None], int]] = [
        (lambda: talker.say("Why"), 1),
        (lambda: talker.say("moon"), 2),
        (lambda: talker.answer_again(1), 2),
        (talker.new_joke, 2),
        (talker.rewind, 1),
        (talker.new_talk, 0),
    ]
    for job, turns in jobs:
        job()
        assert len(over(posted).turns) == turns


def test_a_stopped_answer_does_not_wait_for_its_pace(posted: list[Message]) -> None:
    talker = Talker(posted.append)
    talker.take_over(endless())
    talker.follow(replace(SETTINGS, words_per_second=0.0001))
    job = threading.Thread(target=talker.say, args=("Why did the cow",))
    job.start()
    while not any(words_of(happened(posted))):
        job.join(0.01)
    talker.stop.set()
    job.join(60)
    assert not job.is_alive()
    assert over(posted).turns[0].ended == "stopped"


def test_an_error_is_posted_and_the_talk_stays(talker: Talker, posted: list[Message]) -> None:
    talker.say("Why")
    broken: Checkpoint = replace(endless(), weights={})
    talker.take_over(broken)
    assert isinstance(posted[-2], TaskFailed)
    assert len(over(posted).turns) == 1
    talker.say("moon")
    assert len(over(posted).turns) == 2


def test_how_many_drafts_are_made_is_settled_when_a_model_is_opened_not_for_newer_weights(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talker.conversation
    assert talk is not None
    for checkpoint, seconds, drafts in (
        (endless(name="farm"), 0.16, 4),
        (endless(name="farm", step=50, seed=7), 0.32, 4),  # of the same run
        (endless(name="farm", finished=True), 0.32, 2),
        (endless(name="zoo", finished=True), 0.64, 1),
    ):
        monkeypatch.setattr("jokebox.lm.drafts.time_step", partial(same, seconds))
        talker.take_over(checkpoint)
        assert talk.most_drafts == drafts


def same(seconds: float, _: Generator) -> float:
    return seconds


def test_a_draft_that_was_not_told_becomes_a_turn_and_is_kept(
    talker: Talker, posted: list[Message]
) -> None:
    talker.follow(replace(SETTINGS, drafts=4))
    talker.say("Why did the cow")
    (first,) = over(posted).turns
    talker.tell_draft(first.number, 0)
    (told,) = over(posted).turns
    assert told.told == first.others[0].ids
    assert over(posted).alternatives[0][:2] == (first.number, told.number)
    (kept,) = talker.archive.talks()
    assert talker.archive.read(kept.name).turns == (told,)


def test_newer_weights_of_the_same_jokes_keep_what_is_known_of_them(talker: Talker) -> None:
    assert talker.conversation is not None
    novelty = talker.conversation.novelty
    talker.take_over(endless(seed=7))
    assert talker.conversation.novelty is novelty


def test_a_look_inside_has_the_talk_and_the_word_at_the_cursor(
    talker: Talker, posted: list[Message]
) -> None:
    talker.say("Why did the cow")
    (turn,) = over(posted).turns
    for number in (None, turn.number):
        talker.look_inside(number, 0)
    nowhere, at_word = (message for message in posted if isinstance(message, InsideReady))
    assert nowhere.traces.keys() == at_word.traces.keys() == {turn.number}
    assert (nowhere.turn, nowhere.step) == (None, None)
    assert at_word.turn == turn
    assert at_word.step is not None
