from __future__ import annotations

import numpy as np
import pytest

from jokebox.lm.lens import Step, Unit
from jokebox.tui.widgets.gate_strips import GateStrips, changes_in_words, in_words, strip
from tests.tui.stage import Host

STEP = Step(
    gates=np.array([[[1, 0], [0.5, 1], [-1, 0], [0.2, 0.4]]], np.float32),
    before=np.array([[0.5, 0.5]], np.float32),
    after=np.array([[-0.75, 0.5]], np.float32),
)


def test_a_strip_goes_from_the_most_open_unit_to_the_least() -> None:
    assert strip(np.array([0.0, 0.99, -0.5, 0.25], np.float32), 4) == "█▒░ "
    assert strip(np.array([0.0, 0.99, -0.5, 0.25], np.float32), 6) == "█▒░   "
    assert strip(np.array([0.0, 0.9, 0.9, 0.2], np.float32), 2) == "█ "


def test_what_became_of_the_memory_is_said_in_words() -> None:
    words = in_words(STEP, Unit(0, 0), "0")
    assert words.startswith(
        "On average a unit kept 75 % of its memory, let in 50 % of the new, and"
    )
    assert words.endswith("showed 30 %. Unit 0 went from 0.46 to -0.64.")
    assert "from -0.46 to 0.64" in in_words(STEP, Unit(0, 0, reversed=True), "-0")


def test_units_that_changed_are_named_by_what_they_follow() -> None:
    units = [("4", "inside a question"), ("12", ""), ("7", "inside a question")]
    assert changes_in_words(units) == "Most changed: 4, 7 (inside a question); 12."


@pytest.mark.parametrize("width", [38, 60])
async def test_all_gates_are_shown_with_the_mean_and_the_chosen_unit(width: int) -> None:
    gates = GateStrips()
    app = Host(gates)
    async with app.run_test(size=(width, 12)):
        await app.sees("click a word")
        gates.show(" [/cow]", STEP, Unit(0, 1), "1", "From “[/calf]”.")
        await app.sees("[/cow]", "all", "input", "50 %    0 %", "75 %  100 %", "cell", "output")
        await app.sees("“[/calf]”")
        gates.clear()
        await app.sees("click a word")
