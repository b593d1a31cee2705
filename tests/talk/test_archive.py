from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from jokebox.errors import JokeboxError, TalkError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.config import Manner, Sampling
from jokebox.lm.corpus import build_corpus
from jokebox.lm.generator import Generator, State
from jokebox.lm.novelty import Novelty
from jokebox.talk import exports, transcript
from jokebox.talk.archive import Archive, Recorder
from jokebox.talk.conversation import Conversation
from jokebox.talk.events import Event
from tests import small
from tests.small import words_of

ROOT = Path(__file__).parents[2]
MANNER = Manner(Sampling(1.0, 0, 1.0, 0.0), 5)
MODEL = small.untrained()
OTHER = small.untrained(seed=7)


@pytest.fixture
def archive() -> Archive:
    return Archive()


def new_talk(checkpoint: Checkpoint = MODEL) -> Conversation:
    return Conversation(Generator(checkpoint), Novelty(checkpoint.corpus.training), MANNER)


def say(recorder: Recorder, talk: Conversation, prompt: str, seed: int = 1) -> None:
    list(recorder.record(talk.say(prompt, seed=seed)))


def begin(archive: Archive, *prompts: str, checkpoint: Checkpoint = MODEL) -> Conversation:
    talk = new_talk(checkpoint)
    recorder = archive.begin(talk)
    for prompt in prompts:
        say(recorder, talk, prompt)
    return talk


def leave(archive: Archive) -> str:
    """Close the talk, as at the end of a run; return its name."""
    assert archive.recorder is not None
    archive.recorder.close()
    return archive.recorder.name


def path(archive: Archive) -> Path:
    (path,) = archive.directory.glob("*.jsonl")
    return path


def lines(archive: Archive) -> list[dict[str, object]]:
    return [json.loads(line) for line in path(archive).read_text().splitlines()]


def reopened(archive: Archive, checkpoint: Checkpoint = MODEL) -> Conversation:
    name, talk = leave(archive), new_talk(checkpoint)
    Archive().reopen(name, talk)
    return talk


def same(one: State, other: State) -> bool:
    return all(map(np.array_equal, vars(one).values(), vars(other).values()))


def are_alike(one: Conversation, other: Conversation) -> bool:
    return (
        one.all_turns == other.all_turns
        and (one.last, one.in_joke) == (other.last, other.in_joke)
        and same(one.state, other.state)
    )


def test_a_talk_in_which_nothing_was_said_leaves_no_file(archive: Archive) -> None:
    talk = new_talk()
    recorder = archive.begin(talk)
    list(recorder.record(talk.rewind()))
    recorder.close()
    assert not archive.directory.exists()
    assert archive.talks() == []


def test_a_reopened_talk_gives_the_answer_it_would_have_given(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow", "moon", "")
    again = reopened(archive)
    assert are_alike(talk, again)
    for each in (talk, again):
        list(each.say("Why did the owl", seed=3))
    assert talk.all_turns == again.all_turns


def test_a_fresh_process_gives_the_same_answer(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow")
    code = """
import sys
from tests.talk.test_archive import *
talk = new_talk()
Archive().reopen(sys.argv[1], talk)
list(talk.say("moon", seed=3))
print(talk.turns[-1].words)
"""
    command = [sys.executable, "-c", code, leave(archive)]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=300
    )
    list(talk.say("moon", seed=3))
    assert told.stdout.strip() == str(talk.turns[-1].words)


def test_stored_states_are_used_instead_of_reading_the_talk_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(archive, "Why did the cow", "moon")
    steps: list[object] = []
    monkeypatch.setattr(Generator, "step", lambda *args: steps.append(args))
    reopened(archive)
    assert not steps


def test_other_weights_read_the_talk_again(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow", "moon")
    again = reopened(archive, OTHER)
    talk.change_generator(again.generator)
    assert same(talk.state, again.state)
    assert talk.all_turns == again.all_turns


def test_new_weights_in_the_middle_of_a_talk_are_recorded(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow")
    recorder = archive.recorder
    assert recorder is not None
    talk.change_generator(Generator(OTHER))
    say(recorder, talk, "moon")
    assert [line["kind"] for line in lines(archive)].count("model") == 2
    assert are_alike(talk, reopened(archive, OTHER))


def test_the_states_are_found_again_when_the_model_comes_back(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow", "moon")
    state = talk.state
    again = new_talk(OTHER)
    recorder = Archive().reopen(leave(archive), again)
    assert not same(again.state, state)
    again.change_generator(Generator(MODEL))
    recorder.weights_changed()
    assert same(again.state, state)


def test_a_model_with_other_words_reads_the_same_text(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow", "moon")
    corpus = build_corpus([f"Owls like number {i}." for i in range(30)], ("numbers",))
    again = reopened(archive, small.untrained(corpus))
    talk.change_generator(again.generator)
    assert are_alike(talk, again)


@pytest.mark.parametrize(
    "move",
    [
        lambda talk: talk.rewind(),
        lambda talk: talk.go_to(0),
        lambda talk: talk.new_joke(),
        lambda talk: talk.answer_again(1, seed=5),
        lambda talk: (*talk.answer_again(0, seed=5), *talk.show(0)),
        lambda talk: talk.end(1, 2),
        lambda talk: talk.write("Why", seed=2),
        lambda talk: (*talk.write("Why", seed=2), *talk.rewrite(2, [talk.word(2, 0, "moon")])),
        lambda talk: (*talk.rewind(), *talk.rewind()),
        lambda talk: (*talk.rewind(), *talk.continue_answer(0, seed=4)),
    ],
)
def test_a_reopened_talk_is_where_it_was(
    archive: Archive, move: Callable[[Conversation], Iterable[Event]]
) -> None:
    talk = begin(archive, "Why did the cow", "moon")
    assert archive.recorder is not None
    list(archive.recorder.record(move(talk)))
    again = reopened(archive)
    assert are_alike(talk, again)
    assert talk.alternatives() == again.alternatives()


def test_a_crash_loses_at_most_the_word_being_spoken(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow")
    assert archive.recorder is not None
    answer = archive.recorder.record(talk.say("moon", seed=1))  # never closed: a crash
    spoken = list(islice(words_of(answer), 2))
    again = reopened(archive)
    turn = again.turns[-1]
    assert turn.words == tuple(spoken)
    assert (turn.ended, again.in_joke) == ("stopped", True)
    assert turn.joke.endswith("moon" + "".join(word.text for word in spoken))
    assert exports.talk_as(".txt", "", archive.read(path(archive).stem)).endswith(f"{turn.joke}\n")
    ids = [id for turn in again.turns for id in turn.ids]
    assert same(again.state, again.generator.read(again.generator.fresh(), ids))


def test_a_cut_off_answer_is_never_ended_with_a_state_of_other_weights(archive: Archive) -> None:
    talk = begin(archive)
    assert archive.recorder is not None
    answer = archive.recorder.record(talk.say("moon", seed=1))
    list(islice(answer, 3))
    other = new_talk(OTHER)
    recorder = Archive().reopen(leave(archive), other)
    list(recorder.record(other.rewind()))
    list(recorder.record(other.go_to(0)))
    recorder.close()
    again = reopened(archive)
    assert same(again.state, again.generator.read(again.generator.fresh(), again.turns[0].ids))


@pytest.mark.parametrize("rest", [b'{"kind":"wo', b"\0\0\0\0\n", b"\xff\xfe"])
def test_a_line_that_a_crash_cut_off_is_dropped(archive: Archive, rest: bytes) -> None:
    talk = begin(archive, "Why did the cow")
    name = leave(archive)
    with path(archive).open("ab") as file:
        file.write(rest)
    again = new_talk()
    recorder = Archive().reopen(name, again)
    assert are_alike(talk, again)
    say(recorder, again, "moon")
    recorder.close()
    assert are_alike(again, reopened(archive))


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b"[]",
        b'"word"',
        b"\xff",
        b"[" * 100_000,
        b'{"kind":"turn"}',
        b'{"kind":"joke"}',
        b'{"kind":"stands","after":99,"in_joke":true}',
        b'{"kind":"word","text":7,"bits":1,"ids":[]}',
        b'{"kind":"word","text":"a","bits":1,"ids":[-1]}',
        b'{"kind":"began","format":1,"when":""}',
    ],
)
def test_a_damaged_line_in_the_middle_is_an_error_and_nothing_is_written(
    archive: Archive, damage: bytes
) -> None:
    begin(archive, "Why did the cow")
    name, file = leave(archive), path(archive)
    content = file.read_bytes().split(b"\n")
    content[4] = damage
    file.write_bytes(b"\n".join(content))
    before, talk = file.read_bytes(), new_talk()
    with pytest.raises(TalkError, match="line 5"):
        Archive().reopen(name, talk)
    assert talk.all_turns == []
    with pytest.raises(TalkError, match="damaged"):
        Archive().rename(name, "other")
    assert file.read_bytes() == before
    (entry,) = archive.talks()
    # a list skims: damaged words come to light when the talk is opened
    assert "line 5" in entry.problem or damage.startswith(b'{"kind":"word"')


def test_whatever_happens_to_a_file_it_is_read_or_refused(archive: Archive) -> None:
    begin(archive, "Why did the cow", "moon")
    name, file = leave(archive), path(archive)
    # the same damage in every run: nothing in the file may depend on the time
    undamaged = re.sub(rb'"when":"[^"]*"', b'"when":"2026-01-02T03:04:05+00:00"', file.read_bytes())
    rng = random.Random(1)
    for _ in range(300):
        content = bytearray(undamaged)
        if rng.random() < 0.5:
            del content[rng.randrange(len(content)) :]
        for place in rng.sample(range(len(content)), min(len(content), rng.randrange(4))):
            content[place : place + 1] = rng.randbytes(rng.randrange(4))
        file.write_bytes(content)
        talk = new_talk()
        elsewhere = Archive()
        try:
            elsewhere.reopen(name, talk).close()
        except TalkError:
            assert talk.all_turns == []
        archive.talks()


def test_a_talk_of_a_newer_format_is_refused_and_left_untouched(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    name, file = leave(archive), path(archive)
    file.write_bytes(b'{"kind":"began","format":2,"how":"new"}\n{"kind":"new"}\n')
    before = file.read_bytes()
    for attempt in (
        lambda: Archive().reopen(name, new_talk()),
        lambda: Archive().rename(name, "a"),
    ):
        with pytest.raises(TalkError, match="newer"):
            attempt()
    assert file.read_bytes() == before
    assert "newer" in archive.talks()[0].problem


def test_ids_and_states_that_do_not_fit_the_model_are_refused(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    name, file = leave(archive), path(archive)
    undamaged = file.read_text()
    for old, new in (('"ids":[', '"ids":[999999,'), ('"shape":[1,16]', '"shape":[2,8]')):
        file.write_text(undamaged.replace(old, new))
        talk = new_talk()
        with pytest.raises(TalkError, match="does not fit"):
            Archive().reopen(name, talk)
        assert talk.all_turns == []


def test_a_talk_whose_states_lack_the_pointers_memory_is_read_again(archive: Archive) -> None:
    talk = begin(archive, "Why did the cow")
    name, file = leave(archive), path(archive)
    stored = [json.loads(line) for line in file.read_text().splitlines()]
    for line in stored:
        if line["kind"] == "ended":
            del line["state"]["memory"]
            line["state"]["h"] = line["state"]["c"]  # not what the talk comes to
    file.write_text("".join(f"{json.dumps(line)}\n" for line in stored))
    again = new_talk()
    Archive().reopen(name, again)
    assert are_alike(again, talk)


def test_two_processes_never_write_the_same_talk(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    elsewhere, name = Archive(), path(archive).stem
    for attempt in (
        lambda: elsewhere.reopen(name, new_talk()),
        lambda: elsewhere.rename(name, "a"),
        lambda: elsewhere.remove(name),
    ):
        with pytest.raises(TalkError, match="in use"):
            attempt()
    assert [entry.title for entry in elsewhere.talks()]
    leave(archive)
    elsewhere.rename(name, "a")
    assert elsewhere.talks()[0].title == "a"


def test_a_full_disk_is_reported_once_and_the_talk_continues(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = begin(archive, "Why did the cow")
    recorder = archive.recorder
    assert recorder is not None

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TalkError, match="disk full"):
        say(recorder, talk, "moon")
    say(recorder, talk, "moon")
    talk.change_generator(Generator(MODEL))
    recorder.weights_changed()
    assert len(talk.turns) == 3


def test_the_list_shows_what_each_talk_was_about(archive: Archive) -> None:
    checkpoint = replace(MODEL, name="Große Witze")
    begin(archive, "Why did the cow", "", "", checkpoint=checkpoint)
    begin(archive, "Why did the owl")
    os.utime(archive.directory / f"{leave(archive)}.jsonl", (1, 1))
    first, second = archive.talks()
    assert first.title.startswith("Why did the cow")
    assert (first.jokes, first.model, second.jokes) == (3, "Große Witze", 1)
    assert second.title.startswith("Why did the owl")


def test_talks_are_found_by_their_words(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    (entry,) = archive.talks()
    assert entry.matches("COW why")
    assert entry.matches("")
    assert not entry.matches("cow zebra")


def test_renaming_the_open_talk_and_another(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    assert archive.recorder is not None
    archive.rename(archive.recorder.name, "A \x1b[31mred\n cow")
    assert archive.talks()[0].title == "A [31mred cow"
    talk, name = new_talk(), leave(archive)
    Archive().rename(name, "blue")
    recorder = Archive().reopen(name, talk)
    say(recorder, talk, "moon")
    recorder.close()
    assert Archive().talks()[0].title == "blue"
    with pytest.raises(TalkError, match="cannot be read"):
        archive.rename("no-such-talk", "a")


def test_removing_leaves_nothing_behind(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    assert archive.recorder is not None
    with pytest.raises(TalkError, match="on the screen"):
        archive.remove(archive.recorder.name)
    name = archive.recorder.name
    archive.begin(new_talk())
    archive.remove(name)
    assert list(archive.directory.iterdir()) == []


@pytest.mark.parametrize("name", ["", "../secret", "a/b", "a\0b"])
def test_a_name_cannot_lead_out_of_the_folder(archive: Archive, name: str) -> None:
    for attempt in (archive.read, archive.remove):
        with pytest.raises(JokeboxError, match="no such talk"):
            attempt(name)


def test_hostile_text_in_a_file_is_made_harmless(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    leave(archive)
    file = path(archive)
    file.write_text(file.read_text().replace("Why did", r"\u001b[31m\u202eWhy did"))
    assert transcript.read(file).turns[0].prompt == "[31mWhy did the cow"


def test_an_answer_that_breaks_off_is_ended_in_the_file(archive: Archive) -> None:
    talk = begin(archive)
    assert archive.recorder is not None
    answer = archive.recorder.record(talk.say("moon", seed=1))
    words = list(islice(words_of(answer), 2))
    answer.close()  # type: ignore[attr-defined]
    assert lines(archive)[-1]["kind"] == "ended"
    assert talk.turns[0].words == tuple(words)
    assert are_alike(talk, reopened(archive))


def test_a_talk_is_found_by_its_name_or_by_how_its_title_begins(archive: Archive) -> None:
    begin(archive, "Why did the cow")
    first = leave(archive)
    begin(archive, "What do you call")
    second = leave(archive)
    assert archive.find(first).name == first
    assert archive.find("why DID").name == first
    assert archive.find("W").name == second
    for unknown in ("cow", "", "../x"):
        with pytest.raises(TalkError, match="no such talk") as caught:
            archive.find(unknown)
        assert "Why did the cow" in caught.value.hint
