from __future__ import annotations

import numpy as np

from jokebox.lm.generator import State
from jokebox.talk.events import TurnBegan, WordTold
from jokebox.talk.turns import Turn, Word
from jokebox.tui.widgets.state_map import StateMap, strip
from tests.tui.stage import Host


def word_told(hidden: list[list[float]]) -> WordTold:
    state = np.array(hidden, np.float32)
    return WordTold(Word(" cow", 1.0, ()), State(state, np.zeros_like(state)))


def test_a_cell_is_as_bright_as_the_strongest_of_its_units_on_or_off() -> None:
    units = np.array([0, 0.1, 0.25, -0.45, 0.7, 0, -0.99, 1], np.float32)
    assert strip(units, 8) == "  ░▒▓ ██"
    assert strip(units, 4) == " ▒▓█"
    assert strip(units, 100) == strip(units, 8), "a unit is never split"


async def test_it_shows_the_state_after_each_word() -> None:
    panel = StateMap()
    app = Host(panel)
    turn = Turn(0, None, "Why", True, 1, (), ())
    async with app.run_test():
        await app.sees("The state shows here while it answers.")
        panel.show_event(TurnBegan(turn))
        panel.show_event(word_told([[0.0, 0.9], [0.3, 0.5]]))
        await app.sees(" █\n", "░▒")
        panel.show_event(word_told([[0.0, 0.1], [0.9, 0.5]]))
        await app.sees("█▒")


async def test_another_model_may_have_another_shape() -> None:
    panel = StateMap()
    app = Host(panel)
    async with app.run_test():
        panel.show_event(word_told([[0.0, 0.9]]))
        panel.show_event(word_told([[0.9, 0.0, 0.9], [0.3, 0.3, 0.3]]))
        await app.sees("█ █", "░░░")
