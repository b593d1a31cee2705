from __future__ import annotations

from textual.app import App, ComposeResult

from jokebox.tui.widgets.table import Table
from tests.tui.stage import screen_text, until


class TableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Table("Name", "Size")


async def test_what_is_in_a_row_shows_as_text() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.query_one(Table).show({"a": ("[/foo]", "[@click=app.quit]x"), "b": ("\x1b[31m", "2")})
        await until(pilot, lambda: "[/foo]" in screen_text(app))
        assert "[@click=app.quit]x" in screen_text(app)
        assert "\x1b" not in screen_text(app)


async def test_the_cursor_stays_as_far_as_it_can() -> None:
    app = TableApp()
    async with app.run_test(size=(60, 10)) as pilot:
        table = app.query_one(Table)
        assert table.chosen is None
        rows = {key: (key, "1") for key in "abc"}
        table.show(rows)
        await pilot.press("down", "down")
        await until(pilot, lambda: table.chosen == "c")
        table.show(rows)
        assert table.chosen == "c"
        del rows["c"]
        table.show(rows)
        assert table.chosen == "b"
        table.show({})
        assert table.chosen is None
