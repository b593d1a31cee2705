from __future__ import annotations

import pytest
from textual._compositor import Compositor
from textual.events import Paste

from jokebox.tui.widgets.line import Line
from tests.tui.stage import Host, count


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("Why did\r\n\r\nthe cow\n", "so Why did the cow"),
        ("\x1b[31mdid\x9b\u202e [/foo]\tthe owl", "so [31mdid [/foo] the owl"),
        ("", "so "),
    ],
)
async def test_what_is_pasted_becomes_one_line_without_control_characters(
    pasted: str, shown: str
) -> None:
    line = Line()
    app = Host(line)
    async with app.run_test():
        line.value = "so "
        line.post_message(Paste(pasted))
        line.post_message(Paste("!"))
        await app.until(lambda: line.value.endswith("!"))
        assert line.value == f"{shown}!"


async def test_a_paste_of_a_megabyte_is_cut_and_says_so() -> None:
    line = Line()
    app = Host(line)
    async with app.run_test(notifications=True):
        line.post_message(Paste("a frog " * 150_000))
        await app.sees("It was cut to 10,000 characters.")
        assert 9990 < len(line.value) <= 10_000


async def test_what_is_pasted_is_inserted_at_the_cursor() -> None:
    line = Line()
    app = Host(line)
    async with app.run_test():
        line.value = "Why ?"
        line.cursor_position = 4
        line.post_message(Paste("did the owl"))
        await app.until(lambda: line.value == "Why did the owl?")


async def test_what_is_pasted_replaces_what_is_selected() -> None:
    line = Line()
    app = Host(line)
    async with app.run_test():
        line.value = "cow"
        line.select_all()
        line.post_message(Paste("owl\nowl"))
        await app.until(lambda: line.value == "owl owl")


async def test_control_characters_cannot_be_inserted() -> None:
    line = Line()
    async with Host(line).run_test():
        line.value = "a"
        line.insert_text_at_cursor("b\x1b\u202ec")
        assert line.value == "abc"


async def test_the_cursor_of_the_terminal_stands_where_the_next_character_goes() -> None:
    line = Line(compact=True)
    app = Host(line)
    async with app.run_test() as pilot:
        for keys, column in (("", 0), ("Why 鴨", 6), (["left"], 4), (["home"], 0), (["end"], 6)):
            await pilot.press(*keys)
            assert app.cursor_position == (line.content_region.x + column, line.region.y)


async def test_a_letter_does_not_let_the_whole_screen_be_arranged_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line()
    app = Host(line)
    async with app.run_test() as pilot:
        line.focus()
        await pilot.press("a")
        arranged = count(monkeypatch, Compositor, "reflow")
        await pilot.press(*"frog")
        assert line.value == "afrog"
        assert not arranged


async def test_a_long_text_scrolls_and_its_end_is_shown() -> None:
    line = Line()
    app = Host(line)
    async with app.run_test(size=(60, 16)) as pilot:
        line.focus()
        await pilot.press(*"the quick brown fox " * 4, *"ends here")
        await app.sees("ends here")
        await pilot.press("home")
        await app.sees("the quick brown fox the")
