from __future__ import annotations

import pytest
from textual.widgets import Input

from jokebox.lm.lens import Follower, Unit
from jokebox.tui.widgets.unit_list import UnitList
from tests.tui.stage import Host

QUOTES = Follower("inside quotation marks", Unit(0, 54), 0.91)
LENGTH = Follower("the length so far", Unit(1, 7, reversed=True), 0.5)


def chosen(app: Host) -> list[Unit]:
    return [message.unit for message in app.posted(UnitList.Chosen)]


async def test_the_unit_that_follows_something_best_is_chosen_first() -> None:
    units = UnitList()
    app = Host(units)
    async with app.run_test() as pilot:
        units.show((2, 64), [QUOTES, LENGTH], 1234)
        await app.sees("in 1,234 words", "1.54 inside quotation marks 0.91", "-2.7 the length")
        await app.until(lambda: chosen(app) == [QUOTES.unit])
        units.query_one("#followers").focus()
        await pilot.press("down")
        await app.until(lambda: chosen(app)[-1] == LENGTH.unit)
        units.show((2, 64), [LENGTH, QUOTES], 99, QUOTES.unit)
        await app.until(lambda: chosen(app)[-1] == QUOTES.unit)


async def test_any_other_unit_can_be_typed_if_it_is_there() -> None:
    units = UnitList()
    app = Host(units)
    async with app.run_test() as pilot:
        units.show((1, 64), [], 1234)
        await app.sees("No unit follows anything with a name.", "up to 63")
        line = units.query_one(Input)
        line.focus()
        line.value = "64"
        await pilot.press("enter")
        await app.sees("There is no such unit: the last one is 63.")
        line.value = "-63"
        await pilot.press("enter")
        await app.until(lambda: chosen(app) == [Unit(0, 63, reversed=True)])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("7", Unit(0, 7)),
        (" 2.63 ", Unit(1, 63)),
        ("-1.0", Unit(0, 0, reversed=True)),
        ("3.1", None),
        ("0.1", None),
        ("64", None),
        ("cow", None),
        ("", None),
    ],
)
def test_a_unit_is_called_by_its_layer_and_its_number(text: str, unit: Unit | None) -> None:
    units = UnitList()
    units._shape = (2, 64)
    assert units.parse(text) == unit
    assert unit is None or units.parse(units.label(unit)) == unit
