from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jokebox.lesson import HUNDRED, RUNS, STEPS, TUTORIAL, Seen, Step, Told, says_back

TOLD = Told("Why", "did it? Because.", 32, temperature=0.7, take_turns=False, model="farm")
LETTUCE = replace(TOLD, prompt="Lettuce.", answer="Lettuce who?", take_turns=True)
PAGE = (Path(__file__).parents[1] / "docs" / "lesson.md").read_text()


def told(*answers: Told) -> Seen:
    return Seen(told=answers)


# of each step: what is not enough, and what is
DEEDS: dict[str, tuple[Seen, Seen]] = {
    "One word after another": (Seen(looked=(1, 2)), Seen(looked=(1, 2, 3))),
    "From nonsense to grammar": (
        Seen(panels=frozenset({"word"})),
        Seen(panels=frozenset({"replay"})),
    ),
    "What a bit is": (Seen(looked=(1, 3, 5)), Seen(looked=(5, 0.1))),
    "Temperature": (
        told(replace(TOLD, temperature=0), TOLD),
        told(replace(TOLD, temperature=0), replace(TOLD, temperature=1.5)),
    ),
    "Learning by heart": (
        Seen(told=(TOLD,), runs=1),
        Seen(told=(replace(TOLD, model=HUNDRED),), runs=1),
    ),
    "What it remembers": (told(replace(LETTUCE, answer="Who's there?")), told(LETTUCE)),
    "Why bits per byte": (told(TOLD, TOLD), told(TOLD, TOLD, TOLD)),
    "Two recipes": (told(TOLD), told(replace(TOLD, model=TUTORIAL))),
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.title)
def test_a_step_is_done_when_the_learner_has_done_what_it_asks_for(step: Step) -> None:
    not_enough, enough = DEEDS[step.title]
    assert not step.done(Seen())
    assert not step.done(not_enough)
    assert step.done(enough)


def test_there_are_eight_short_steps_and_two_train_a_model() -> None:
    assert len(STEPS) == 8
    assert [step.run for step in STEPS if step.run] == list(RUNS)
    for step in STEPS:
        assert len(step.text) + len(step.task) < 420, "it has to fit beside the talk"


def test_what_an_answer_cost_is_told_a_word_and_a_byte() -> None:
    assert TOLD.cost == "The last answer cost 32 bits: 10.7 a word, 2.00 a byte."
    assert replace(TOLD, answer="").cost == ""


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("Lettuce.", " Lettuce who?", True),
        ("lettuce", "LETTUCE who?", True),
        ("Lettuce.", "Who's there?", False),
        ("", " who?", False),
    ],
)
def test_a_name_is_said_back_at_the_beginning(name: str, answer: str, says: bool) -> None:
    assert says_back(name, answer) is says


def test_the_teachers_page_has_every_step() -> None:
    for number, step in enumerate(STEPS, 1):
        assert f"\n## {number}. {step.title}\n" in PAGE
