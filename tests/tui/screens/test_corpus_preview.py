from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Button

from jokebox.train import corpora
from jokebox.tui.screens.corpus_preview import CorpusPreview
from tests import small
from tests.tui.host import Host, host

JOKES = small.jokes()


def write(folder: Path, name: str, *lines: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join(lines), encoding)
    return path


def takes_a_name(stage: Host) -> bool:
    return stage.app.focused is stage.app.screen.query_one("#name")


def can_add(stage: Host) -> bool:
    return not stage.app.screen.query_one("#add", Button).disabled


async def test_it_says_what_was_found_what_was_left_out_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would take the room of what is tested
    lines = (*JOKES, JOKES[0].upper(), "\x01", "[/foo] and [@click=app.quit]no[/], café")
    path = write(Path(), "farm.txt", *lines, encoding="cp1252")
    async with host(CorpusPreview(path)) as stage:
        await stage.sees("61 jokes", "2 left out: 1 empty, 1 near-duplicate")
        await stage.sees("60  Why did the …", "read as Windows-1252", "cross the road?")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_a_small_terminal_has_room_for_the_name_and_the_button(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with host(CorpusPreview(write(tmp_path, "farm.csv", "Joke", *JOKES)), size) as stage:
        await stage.sees("60 jokes", "Name", "farm", "Column", "Add", "Cancel")


async def test_it_is_added_under_the_name_given(tmp_path: Path) -> None:
    async with host(CorpusPreview(write(tmp_path, "farm.txt", *JOKES))) as stage:
        await stage.until(lambda: can_add(stage) and takes_a_name(stage))
        await stage.press(*"originals")
        await stage.sees("this name is taken")
        await stage.until(lambda: not can_add(stage))
        await stage.press("ctrl+s", "ctrl+u", *"barn", "enter")
        await stage.until(lambda: stage.answers == ["barn"])
        assert corpora.resolve("barn")[1].exists()


async def test_escape_adds_nothing(tmp_path: Path) -> None:
    async with host(CorpusPreview(write(tmp_path, "farm.txt", *JOKES))) as stage:
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])
    assert [corpus.kind for corpus in corpora.list_corpora()] == ["bundled", "not fetched"]


async def test_too_few_jokes_cannot_be_added(tmp_path: Path) -> None:
    async with host(CorpusPreview(write(tmp_path, "few.txt", *JOKES[:3]))) as stage:
        await stage.sees("too few jokes to learn from", "At least 20")
        await stage.press("ctrl+s")
        assert not can_add(stage)
        assert stage.answers == []


async def test_of_several_columns_one_is_named(tmp_path: Path) -> None:
    rows = [f"{joke},Somebody thought of it." for joke in JOKES]
    async with host(CorpusPreview(write(tmp_path, "t.csv", "first,second", *rows))) as stage:
        await stage.sees("which column holds the jokes?", "Column")
        assert not can_add(stage)
        column = stage.app.screen.query_one("#column")
        column.focus()
        await stage.until(lambda: column.has_focus)
        await stage.press(*"first", "enter")
        await stage.sees("60 jokes")
        await stage.until(lambda: can_add(stage))
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.answers == ["t"])
