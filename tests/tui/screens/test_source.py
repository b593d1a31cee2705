from __future__ import annotations

import pytest

from jokebox.lm.novelty import Copied
from jokebox.tui.screens.source import SourceScreen
from tests.tui.host import host

JOKE = "Why did [/foo] \x1b[2J cross the road? It was late."
SOURCE = "Why did [@click=app.quit]x[/] cross the road? \u202eNobody looked."


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
@pytest.mark.parametrize(("recited", "verdict"), [(True, "Recited"), (False, "Invented")])
async def test_both_jokes_show_as_text_with_what_they_share(
    recited: bool, verdict: str, size: tuple[int, int]
) -> None:
    async with host(SourceScreen(JOKE, Copied(recited, 3, SOURCE)), size) as stage:
        await stage.sees(verdict, "3 words in a row", "It was late.", "Nobody looked.")
        await stage.sees("Why did [/foo] [2J", "Why did [@click=app.quit]x[/]")
        assert not set(stage.text()) & set("\x1b\u202e")


@pytest.mark.parametrize("key", ["s", "escape", "enter"])
async def test_it_is_closed_by_the_key_that_opened_it(key: str) -> None:
    async with host(SourceScreen(JOKE, Copied(False, 3, SOURCE))) as stage:
        await stage.sees("3 words in a row")
        await stage.press(key)
        await stage.until(lambda: stage.answers == [None])
