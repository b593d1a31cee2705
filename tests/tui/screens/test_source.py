from __future__ import annotations

import pytest
from textual.content import Content
from textual.widgets import Static

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


@pytest.mark.parametrize("key", ["ctrl+u", "escape", "enter"])
async def test_it_is_closed_by_the_key_that_opened_it(key: str) -> None:
    async with host(SourceScreen(JOKE, Copied(False, 3, SOURCE))) as stage:
        await stage.sees("3 words in a row")
        await stage.press(key)
        await stage.until(lambda: stage.answers == [None])


async def test_the_run_is_marked_in_both_jokes_and_nothing_else() -> None:
    told, source = "The cow asked: why did we go?", "Why did we leave? The cow was late."
    async with host(SourceScreen(told, Copied(False, 3, source))) as stage:
        await stage.sees("3 words in a row")
        texts = [text.visual for text in stage.app.screen.query(Static)]
        jokes = [text for text in texts if isinstance(text, Content)]
        marked = [joke.plain[span.start : span.end] for joke in jokes for span in joke.spans]
        assert marked == ["why did we", "Why did we"]
