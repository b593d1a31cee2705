from __future__ import annotations

import numpy as np
import pytest

from jokebox.lm.lens import Step, Unit
from jokebox.tui.widgets.gate_strips import GateStrips, in_words, strip
from tests.tui.stage import Host

STEP = Step(
    gates=np.array([[[1, 0], [0.5, 1], [-1, 0], [0.2, 0.4]]], np.float32),
    before=np.array([[0.5, 0.5]], np.float32),
    after=np.array([[-0.75, 0.5]], np.float32),
    kept=np.array([[0.5, 1]], np.float32),
)


def test_a_strip_goes_from_the_most_open_unit_to_the_least() -> None:
    assert strip(np.array([0.0, 0.99, -0.5, 0.25], np.float32), 4) == "█▒░ "
    assert strip(np.array([0.0, 0.99, -0.5, 0.25], np.float32), 6) == "█▒░   "
    assert strip(np.array([0.0, 0.9, 0.9, 0.2], np.float32), 2) == "█ "


def test_what_became_of_the_memory_is_said_in_words() -> None:
    words = in_words(STEP, Unit(0, 0), "0")
    assert words.startswith("It kept 75 % of what it remembered; 57 % of what")
    assert words.endswith("Unit 0 kept 50 %: it was 0.46, and is -0.64.")
    assert "was -0.46, and is 0.64" in in_words(STEP, Unit(0, 0, reversed=True), "-0")


@pytest.mark.parametrize("width", [38, 60])
async def test_all_gates_are_shown_with_the_mean_and_the_chosen_unit(width: int) -> None:
    gates = GateStrips()
    app = Host(gates)
    async with app.run_test(size=(width, 12)):
        await app.sees("click a word")
        gates.show(" [/cow]", STEP, Unit(0, 1), "1", copied=0.4, source="[/calf]")
        await app.sees("[/cow]", "all", "input", "50 %   0 %", "75 % 100 %", "cell", "output")
        await app.sees("“[/calf]”")
        gates.show(" cow", STEP, Unit(0, 1), "1", copied=0.001, source="calf")
        await app.until(lambda: "calf" not in str(gates.content))
        gates.clear()
        await app.sees("click a word")
