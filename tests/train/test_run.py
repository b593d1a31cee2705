from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox.errors import CorpusError, ModelError, SettingsError
from jokebox.library import Library
from jokebox.lm.events import Ended, Event, Preparing, Progress, Saved, Started
from jokebox.train import past_runs
from jokebox.train.estimate import Size
from jokebox.train.presets import RUNGS
from jokebox.train.request import Knobs, Request, model_name
from jokebox.train.run import run
from tests import small

KNOBS = Knobs(hidden_size=16, max_epochs=2, batch_size=4, sequence_length=16)


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return Request(corpora=(str(path),), preset="tiny", knobs=KNOBS)


def go(request: Request, stop: threading.Event | None = None) -> list[Event]:
    return list(run(request, Library(), stop or threading.Event()))


def stop_at(step: int, request: Request) -> list[Event]:
    stop, events = threading.Event(), []
    for event in run(request, Library(), stop):
        events.append(event)
        if isinstance(event, Progress) and event.step == step:
            stop.set()
    return events


def test_a_joke_file_becomes_a_model_of_its_name(request_: Request) -> None:
    events = go(request_)
    assert isinstance(events[-1], Ended)
    assert events[-1].how == "finished"
    assert model_name(request_) == "farm"
    assert Library().load("farm").corpus.names == ("farm",)


def test_several_corpora_are_learnt_together(request_: Request, tmp_path: Path) -> None:
    other = tmp_path / "more.txt"
    other.write_text("\n".join(f"A joke about number {i}, it is odd." for i in range(30)))
    both = replace(request_, corpora=(*request_.corpora, str(other)))
    (started,) = (event for event in go(both) if isinstance(event, Started))
    assert started.model == "farm+more"
    assert started.corpora == ("farm", "more")


def test_a_stopped_run_is_resumed_with_its_own_jokes_and_plan(request_: Request) -> None:
    stopped = stop_at(3, request_)[-1]
    assert isinstance(stopped, Ended)
    assert stopped.how == "stopped"
    Path(request_.corpora[0]).unlink()
    events = go(Request(resume=True))
    (started,) = (event for event in events if isinstance(event, Started))
    assert (started.model, started.step) == ("farm", 3)
    assert isinstance(events[-1], Ended)
    assert events[-1].how == "finished"


def test_training_continues_from_a_model_under_another_name(request_: Request) -> None:
    go(request_)
    go(replace(request_, continue_from="farm", model="farm more"))
    first, second = (Library().load(name) for name in ("farm", "farm more"))
    assert first.tokenizer == second.tokenizer
    assert second.history.validation[0][1] < first.history.validation[0][1]


def test_a_run_that_cannot_start_raises_an_error_before_anything_is_written(
    request_: Request,
) -> None:
    for wrong, error in (
        (replace(request_, corpora=("nowhere.csv",)), CorpusError),
        (replace(request_, continue_from="nothing"), ModelError),
        (replace(request_, preset="huge"), SettingsError),
        (replace(request_, model="../x"), ModelError),
        (Request(resume=True), ModelError),
    ):
        with pytest.raises(error):
            go(wrong)
    assert Library().models() == []


def test_a_run_that_breaks_off_ends_as_failed(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("jokebox.library.write_model", full)
    events = go(request_)
    assert isinstance(events[-1], Ended)
    assert events[-1].how == "failed"
    assert "No space left" in events[-1].reason
    assert not any(isinstance(event, Saved) for event in events)


def test_a_run_records_the_size_of_its_corpus(request_: Request) -> None:
    started = next(event for event in go(request_) if isinstance(event, Started))
    known = past_runs.measured_size([Path(request_.corpora[0])], "words")
    assert known == Size(started.tokens, Library().load("farm").tokenizer.size)


def test_the_first_run_takes_a_rung_that_can_be_named_and_learns_the_same(
    request_: Request,
) -> None:
    picked = replace(request_, preset="first", model="picked")
    events = go(picked)
    (started,) = (event for event in events if isinstance(event, Started))
    assert started.rung in RUNGS
    named = replace(request_, preset=started.rung, model="named")
    go(named)
    one, other = (Library().load(name) for name in ("picked", "named"))
    assert one.plan == other.plan
    assert one.plan.rung == started.rung
    for name, weight in one.weights.items():
        assert np.array_equal(weight, other.weights[name])


def test_a_run_that_was_chosen_has_no_rung(request_: Request) -> None:
    (started,) = (event for event in go(request_) if isinstance(event, Started))
    assert started.rung == Library().load("farm").plan.rung == ""


def test_what_was_left_out_is_reported(request_: Request) -> None:
    path = Path(request_.corpora[0])
    path.write_text(path.read_text() + "\n[deleted]\n" + small.jokes()[0])
    events = go(request_)
    (started,) = (event for event in events if isinstance(event, Started))
    assert started.left_out == {"deleted": 1, "near-duplicate": 1}
    notices = [n for event in events if isinstance(event, Preparing) for n in event.notices]
    assert "left out 1 deleted, 1 near-duplicate; the first is line 61" in notices[0]


def test_reading_says_how_much_is_read_and_can_be_stopped(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jokebox.train.run.SAY_EVERY", 0.0)
    path = Path(request_.corpora[0])
    path.write_text("\n".join(f"A joke with the number {i}." for i in range(9000)))
    stop, said = threading.Event(), list[Event]()
    for event in run(request_, Library(), stop):
        said.append(event)
        if isinstance(event, Preparing) and "%" in event.doing:
            stop.set()
    assert isinstance(said[-1], Ended)
    assert said[-1].how == "stopped"
    assert not any(isinstance(event, Started) for event in said)
    assert Library().models() == []


def test_a_model_that_learns_more_knows_what_it_has_learnt_before(
    request_: Request, tmp_path: Path
) -> None:
    go(request_)
    other = tmp_path / "more.txt"
    other.write_text("\n".join(f"A joke about number {i}, it is odd." for i in range(30)))
    more = replace(request_, corpora=(str(other),), continue_from="farm")
    stopped = stop_at(3, more)[-1]
    go(Request(resume=True))
    resumed = Library().load("more").corpus
    assert (resumed.earlier_names, resumed.names) == (("farm",), ("more",))
    assert set(resumed.earlier) == set(Library().load("farm").corpus.training)
    assert isinstance(stopped, Ended)
    assert stopped.checkpoint is not None
    assert stopped.checkpoint.corpus == resumed
    (listed,) = (model for model in Library().models() if model.name == "more")
    assert listed.corpora == ("farm", "more")
