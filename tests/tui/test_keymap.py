from __future__ import annotations

import pytest

from jokebox.tui.keymap import actions, keys_of, own_keys, problems


def test_every_action_has_a_key_and_says_what_it_does() -> None:
    for name, binding in actions().items():
        assert keys_of(name, {})
        assert binding.tooltip, name


def test_an_action_has_the_keys_of_the_settings() -> None:
    assert keys_of("again", {"again": "ctrl+g, f10"}) == ["ctrl+g", "f10"]
    assert own_keys({"again": "f10,ctrl+g", "nothing": "f11"}) == {"ctrl+g": "f10"}
    assert own_keys({"turn_again": "f10"}) == {}, "ctrl+g answers the last prompt still"


@pytest.mark.parametrize("keys", [{}, {"again": "ctrl+g,f10"}, {"rewind": "f11", "tips": "f12"}])
def test_keys_of_ones_own_are_no_problem(keys: dict[str, str]) -> None:
    assert not list(problems(keys))


def test_an_unknown_action_is_a_problem_and_a_likely_one_is_named() -> None:
    (problem,) = problems({"agian": "f10"})
    assert "no action is called agian; is it again?" in problem
    (problem,) = problems({"xyz": "f10"})
    assert "is it" not in problem


def test_a_key_of_two_actions_is_a_problem() -> None:
    (problem,) = problems({"again": "ctrl+g,f5"})
    assert problem.startswith("f5 is a key of both talks and again")
