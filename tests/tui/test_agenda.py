from __future__ import annotations

from collections.abc import Callable

import pytest

from jokebox.tui.agenda import Agenda


@pytest.fixture
def agenda() -> Agenda:
    """Return an agenda with a model to talk to, and nothing to do."""
    agenda = Agenda()
    agenda.done(has_model=True)
    return agenda


def job(name: str, done: list[str]) -> Callable[[], None]:
    return lambda: done.append(name)


def do_all(agenda: Agenda) -> None:
    """Do every job that is given out."""
    while (next_job := agenda.next()) is not None:
        next_job()


def test_jobs_are_given_out_in_the_order_of_their_kinds(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.look(job("look", done))
    agenda.prompt(job("first prompt", done))
    agenda.prompt(job("second prompt", done))
    agenda.take_over(job("weights", done))
    agenda.act(job("action", done))
    do_all(agenda)
    assert done == ["action", "weights", "first prompt", "second prompt", "look"]
    assert agenda.next() is None


def test_nothing_is_given_out_while_a_job_is_under_way(agenda: Agenda) -> None:
    agenda.begin(answering=False)
    agenda.prompt(job("prompt", []))
    assert (agenda.next(), agenda.idle) == (None, False)
    agenda.done(has_model=True)
    assert agenda.idle
    assert agenda.next() is not None


def test_without_a_model_only_a_model_can_come(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.done(has_model=False)
    agenda.prompt(job("prompt", done))
    agenda.act(job("action", done))
    do_all(agenda)
    assert (done, agenda.idle, agenda.prompts_wait) == ([], False, True)
    agenda.take_over(job("weights", done))
    do_all(agenda)
    agenda.done(has_model=True)
    do_all(agenda)
    assert done == ["weights", "action", "prompt"]
    assert not agenda.prompts_wait


def test_only_the_newest_weights_and_the_last_look_count(agenda: Agenda) -> None:
    done: list[str] = []
    for number in range(3):
        agenda.take_over(job(f"weights {number}", done))
        agenda.look(job(f"look {number}", done))
    do_all(agenda)
    assert done == ["weights 2", "look 2"]


def test_an_action_waits_for_a_look_but_not_for_an_answer(agenda: Agenda) -> None:
    done: list[str] = []
    agenda.begin(answering=False)
    agenda.act(job("after a look", done))
    agenda.done(has_model=True)
    do_all(agenda)
    agenda.begin(answering=True)
    agenda.act(job("after an answer", done))
    agenda.done(has_model=True)
    do_all(agenda)
    assert done == ["after a look"]
