from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox.errors import TalkError
from jokebox.lm.generator import Generator, State
from jokebox.lm.novelty import Copied
from jokebox.talk import transcript
from jokebox.talk.transcript import MALFORMED, Line, Transcript, identity, to_bytes
from jokebox.talk.turns import Draft, Turn, Word
from tests import small

WHEN = "2026-01-02T03:04:05+00:00"
STATE = State(
    np.array([[0.1, -0.25]], np.float32),
    np.array([[1e-30, 3.5]], np.float32),
    np.array([[0.5], [0.3]], np.float32),
    np.array([7, 8]),
)
TURN = Turn(
    number=0,
    parent=None,
    prompt="Größe \U0001f989?",
    opens_joke=True,
    seed=2**32 - 1,
    skipped=("zebra",),
    prompt_ids=(0, 1, 2),
    words=(Word(" the", 1.0 / 3, (3,)), Word(" Cow", 2.0, (4, 5))),
    ended="end-of-joke",
    end_ids=(0,),
    joke="Größe \U0001f989? the Cow",
    copied=Copied(False, 2, "the Cow"),
    drafts=3,
    others=(Draft((3, 6, 0), "end-of-joke"), Draft((3,), "limit")),
)
LINES = [
    transcript.began_line(WHEN),
    {"kind": "model", "name": "farm", "weights": "abc", "vocabulary": "de"},
    *transcript.turn_lines(TURN),
    transcript.ended_line(TURN, STATE),
]


def write(path: Path, lines: list[Line], rest: bytes = b"") -> Path:
    """Write these lines, and the rest of one that was cut off; return the path."""
    path.write_bytes(b"".join(map(to_bytes, lines)) + rest)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "talk.jsonl"


def test_what_is_written_is_read_bit_for_bit(file: Path) -> None:
    read = transcript.read(write(file, LINES))
    assert (read.began, read.model, read.weights, read.vocabulary) == (WHEN, "farm", "abc", "de")
    assert read.all_turns == [TURN]
    assert (read.last, read.in_joke, read.answering) == (0, False, False)
    for name, array in vars(STATE).items():
        stored = getattr(read.states[0], name)
        assert (stored.tobytes(), stored.shape) == (array.tobytes(), array.shape)
    assert read.size == file.stat().st_size


def test_a_state_in_a_joke_that_has_just_ended_remembers_nothing_to_copy(file: Path) -> None:
    ended = replace(STATE, keys=STATE.keys[:0], ids=STATE.ids[:0])
    read = transcript.read(write(file, [*LINES[:-1], transcript.ended_line(TURN, ended)]))
    assert (read.states[0].keys.shape, read.states[0].ids.shape) == ((0, 1), (0,))


def test_the_turns_and_states_of_the_first_format_are_read(file: Path) -> None:
    old = [dict(line) for line in LINES]
    for line in old:
        line.pop("drafts", None)
        line.pop("others", None)
    old[-1]["state"] = {k: v for k, v in old[-1]["state"].items() if k != "memory"}
    read = transcript.read(write(file, old))
    assert read.all_turns == [replace(TURN, drafts=1, others=())]
    assert (read.states[0].keys.shape, read.states[0].ids.shape) == ((0, 0), (0,))


def test_a_list_skims_a_talk_without_its_words(file: Path) -> None:
    (turn,) = transcript.read(write(file, LINES), skim=True).all_turns
    assert (turn.prompt, turn.joke, turn.words) == (TURN.prompt, TURN.joke, ())


def test_a_talk_may_move_and_be_named(file: Path) -> None:
    moves = [transcript.moved_line(None, in_joke=False), transcript.named_line("My talk")]
    read = transcript.read(write(file, [*LINES, *moves]))
    assert (read.last, read.turns, read.title) == (None, (), "My talk")
    back = transcript.moved_line(0, in_joke=True)
    read = transcript.read(write(file, [*LINES, *moves, back]))
    assert (read.turns, read.in_joke) == ((TURN,), True)


def test_a_last_line_that_was_cut_off_is_left_out(file: Path) -> None:
    complete = write(file, LINES[:-1]).stat().st_size
    read = transcript.read(write(file, LINES[:-1], rest=b'{"kind":"ended","ho'))
    assert read.size == complete
    assert read.answering
    assert read.all_turns[0].words == TURN.words


def test_other_weights_forget_the_states_and_another_vocabulary_makes_ids_foreign(
    file: Path,
) -> None:
    other_weights = {"kind": "model", "name": "farm", "weights": "xyz", "vocabulary": "de"}
    read = transcript.read(write(file, [*LINES, other_weights]))
    assert (read.states, read.foreign) == ({}, 0)
    other_words = other_weights | {"vocabulary": "other"}
    read = transcript.read(write(file, [*LINES, other_words]))
    assert (read.states, read.foreign) == ({}, 1)


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "stands", "after": 1, "in_joke": True},
        {"kind": "turn"},
        {"kind": "joke"},
        {"kind": "began", "format": 1, "when": WHEN},
        {"kind": "word", "text": "a", "bits": "many", "ids": []},
        {"kind": "word", "text": "a", "bits": float("nan"), "ids": []},
        {"kind": "word", "text": "a", "bits": -5000, "ids": []},
        LINES[-1] | {"how": "bored"},
        LINES[-1] | {"state": {"shape": [1, 2], "h": "AAAA", "c": "AAAA"}},
    ],
)
def test_an_invalid_line_changes_nothing(line: Line) -> None:
    talk = Transcript()
    for valid in LINES:
        talk.apply(valid)
    turns, last, states = list(talk.all_turns), talk.last, set(talk.states)
    with pytest.raises(MALFORMED):
        talk.apply(line)
    assert (talk.all_turns, talk.last, set(talk.states)) == (turns, last, states)


def test_a_talk_of_a_newer_format_is_refused(file: Path) -> None:
    newer = LINES[0] | {"format": transcript.FORMAT + 1}
    with pytest.raises(TalkError, match="newer"):
        transcript.read(write(file, [newer, *LINES[1:]]))


def test_a_missing_talk_is_an_error(file: Path) -> None:
    with pytest.raises(TalkError, match="cannot be read"):
        transcript.read(file)


def test_the_turns_of_a_joke_are_together() -> None:
    more = replace(TURN, number=1, parent=0, opens_joke=False)
    other = replace(TURN, number=2, parent=1)
    talk = Transcript(all_turns=[TURN, more, other], last=2)
    assert talk.jokes == [[TURN, more], [other]]


def test_weights_and_vocabulary_each_have_an_identity() -> None:
    one, again, other = (identity(Generator(small.untrained(seed=seed))) for seed in (1, 1, 2))
    assert one == again
    assert one[0] != other[0]
    assert one[1] == other[1]
    words = identity(Generator(small.untrained(small.corpus(30))))
    assert one[1] != words[1]
