from __future__ import annotations

import pytest
from textual.widgets import Input

from jokebox.train.request import KNOBS
from jokebox.tui.widgets.knob_field import KnobField
from tests.tui.stage import Host


@pytest.mark.parametrize(
    ("knob", "typed", "value"),
    [
        ("layers", "3", 3),
        ("layers", " 2 ", 2),
        ("dropout", "0", 0),
        ("dropout", ".5", 0.5),
        ("learning_rate", "4e-3", 0.004),
        ("seed", "4294967295", 4294967295),
    ],
)
async def test_a_value_in_range_is_taken(knob: str, typed: str, value: float) -> None:
    field = KnobField(knob, "A label")
    app = Host(field)
    async with app.run_test():
        field.query_one(Input).value = typed
        await app.until(lambda: (field.value, field.error) == (value, ""))


@pytest.mark.parametrize(
    "typed", ["0", "4", "-1", "1e9", "1.5", "x", "[/foo]", "\x1b[31m", "9" * 5000]
)
async def test_any_other_value_is_explained_and_not_taken(typed: str) -> None:
    field = KnobField("layers", "A label")
    app = Host(field)
    async with app.run_test():
        field.query_one(Input).value = typed
        await app.until(lambda: field.has_class("-wrong"))
        assert field.value is None
        await app.sees(field.error)
        field.query_one(Input).value = ""
        await app.sees(KNOBS["layers"].help)
        assert field.error == ""


@pytest.mark.parametrize(("default", "shown"), [(512, "512"), (0.004, "0.004"), (None, "any")])
async def test_an_empty_field_shows_its_default(default: float | None, shown: str) -> None:
    field = KnobField("layers", "A label")
    app = Host(field)
    async with app.run_test():
        field.show_default(default)
        assert field.query_one(Input).placeholder == shown
