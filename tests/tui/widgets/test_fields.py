from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Checkbox, Input, Label, Select

from jokebox.tui.widgets import fields
from tests.tui.stage import screen_text, until

OPTIONS = {"cow": "[b]a cow", "owl": "[/foo]"}


class Form(App[None]):
    """A form of three rows, filled with the values of last time."""

    def __init__(self, last: Mapping[str, Any]) -> None:
        super().__init__()
        self._last = last

    def compose(self) -> ComposeResult:
        yield from fields.row("Name", fields.text("name", self._last, "a name"))
        yield from fields.row("Animal", fields.choice(OPTIONS, "animal", self._last))
        yield from fields.row("", fields.tick("letters only", "letters", self._last))

    def values(self) -> tuple[str, object, bool]:
        name, animal = self.query_one("#name", Input), self.query_one("#animal", Select)
        return name.value, animal.value, self.query_one("#letters", Checkbox).value


@pytest.mark.parametrize(
    ("last", "values"),
    [
        ({}, ("", "cow", False)),
        ({"name": "hen", "animal": "owl", "letters": True}, ("hen", "owl", True)),
        ({"name": None, "animal": None, "letters": None}, ("", "cow", False)),
        ({"name": 3, "animal": "gone", "letters": 1}, ("3", "cow", True)),
        ({"name": "[/foo]", "animal": ["owl"], "letters": {}}, ("[/foo]", "cow", False)),
    ],
)
async def test_a_form_is_filled_with_what_is_still_valid_of_last_time(
    last: Mapping[str, Any], values: tuple[str, object, bool]
) -> None:
    app = Form(last)
    async with app.run_test():
        assert app.values() == values


async def test_an_empty_text_shows_what_belongs_there_beside_its_label() -> None:
    app = Form({})
    async with app.run_test() as pilot:
        await until(pilot, lambda: "a name" in screen_text(app))
        assert app.query(Label).first().parent is app.query_one("#name").parent


async def test_the_labels_of_a_choice_show_as_text() -> None:
    app = Form({"animal": "owl"})
    async with app.run_test() as pilot:
        await until(pilot, lambda: "[/foo]" in screen_text(app))
        app.query_one(Select).expanded = True
        await until(pilot, lambda: "[b]a cow" in screen_text(app))
