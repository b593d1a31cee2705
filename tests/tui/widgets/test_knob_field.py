from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input

from jokebox.lm.config import KNOBS
from jokebox.tui.widgets.knob_field import KnobField
from tests.tui.stage import screen_text


class Host(App[None]):
    def __init__(self, knob: str) -> None:
        super().__init__()
        self.field = KnobField(knob, "A label")

    def compose(self) -> ComposeResult:
        yield self.field


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
    app = Host(knob)
    async with app.run_test() as pilot:
        app.field.query_one(Input).value = typed
        await pilot.pause()
        assert (app.field.value, app.field.error) == (value, "")


@pytest.mark.parametrize(
    "typed", ["0", "4", "-1", "1e9", "1.5", "x", "[/foo]", "\x1b[31m", "9" * 5000]
)
async def test_any_other_is_told_and_not_taken(typed: str) -> None:
    app = Host("layers")
    async with app.run_test() as pilot:
        app.field.query_one(Input).value = typed
        await pilot.pause()
        assert app.field.value is None
        assert app.field.error in screen_text(app)
        assert app.field.has_class("-wrong")
        app.field.query_one(Input).value = ""
        await pilot.pause()
        assert app.field.error == ""
        assert KNOBS["layers"].help in screen_text(app)


@pytest.mark.parametrize(("default", "shown"), [(512, "512"), (0.004, "0.004"), (None, "any")])
async def test_an_empty_field_shows_what_it_stands_for(default: float | None, shown: str) -> None:
    app = Host("layers")
    async with app.run_test():
        app.field.show_default(default)
        assert app.field.query_one(Input).placeholder == shown
