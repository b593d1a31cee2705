from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.widgets import Button, ProgressBar

from jokebox.errors import DownloadError
from jokebox.talk.favourites import Favourite, Favourites
from jokebox.train import corpora
from jokebox.train.corpora import CorpusFile, ReportProgress
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.corpora import CorporaScreen
from jokebox.tui.screens.corpus_preview import CorpusPreview
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.screens.reading import ReadingScreen
from tests import small
from tests.tui.host import Host, host


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return path


class Server:
    """A server whose downloads continue when the test says so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.proceed = threading.Event()
        self.error = error
        self.cancelled = threading.Event()

    def fetch(self, name: str, progress: ReportProgress) -> CorpusFile:
        progress(40, 100)
        while not self.proceed.wait(0.01):
            try:
                progress(40, 100)
            except BaseException:
                self.cancelled.set()
                raise
        if self.error:
            raise self.error
        progress(100, 100)
        return CorpusFile(name, Path(), "fetched", 100)


def possible(stage: Host) -> set[str]:
    active = stage.app.screen.active_bindings.values()
    return {key.binding.action for key in active if key.enabled}


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_all_corpora_are_listed_with_what_can_be_done(size: tuple[int, int]) -> None:
    async with host(CorporaScreen(), size) as stage:
        await stage.sees("originals", "bundled", "reddit-cleanjokes", "142 kB", "Add a file")
        assert not possible(stage) & {"fetch", "remove"}
        await stage.press("down")
        await stage.until(lambda: "fetch" in possible(stage))
        await stage.sees("1,622 jokes from Reddit")
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])


async def test_a_file_is_found_previewed_and_added(farm: Path) -> None:
    async with host(CorporaScreen()) as stage:
        await stage.press("a")
        await stage.opens(Browser)
        await stage.fill("farm.txt")
        await stage.press("enter")
        await stage.opens(CorpusPreview)
        await stage.sees("60 jokes")
        await stage.until(lambda: not stage.app.screen.query_one("#add", Button).disabled)
        await stage.press("ctrl+s")
        await stage.sees("Added as farm")
        assert corpora.resolve("farm")[1].exists()


async def test_an_added_corpus_is_removed_if_the_user_is_sure(farm: Path) -> None:
    corpora.add(farm)
    async with host(CorporaScreen()) as stage:
        await stage.sees("originals", "farm")
        await stage.press("down", "d")
        await stage.opens(ConfirmScreen)
        await stage.sees("Remove the corpus farm?")
        await stage.press("escape")
        await stage.opens(CorporaScreen)
        assert corpora.resolve("farm")[1].exists()
        await stage.press("d")
        await stage.opens(ConfirmScreen)
        await stage.click("#yes")
        await stage.until(lambda: "farm" not in stage.text())


async def test_a_fetch_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(corpora, "fetch", server.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        await stage.sees("Fetching reddit-cleanjokes", "40%")
        await stage.until(lambda: "fetch" not in possible(stage))
        server.proceed.set()
        await stage.sees("its checksum is right")
        await stage.until(lambda: not stage.app.screen.query_one(ProgressBar).display)


async def test_a_fetch_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    error = DownloadError("not fetched", "no connection")
    server = Server(error)
    monkeypatch.setattr(corpora, "fetch", server.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        server.proceed.set()
        await stage.until(lambda: stage.app.posted == [TaskFailed(error)])
        await stage.until(lambda: "fetch" in possible(stage))


async def test_leaving_cancels_a_fetch(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(corpora, "fetch", server.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        await stage.sees("40%")
        await stage.press("escape")
        await stage.until(server.cancelled.is_set)
    assert stage.app.posted == []


async def test_the_jokes_of_a_corpus_are_shown_if_they_are_there(farm: Path) -> None:
    corpora.add(farm)
    async with host(CorporaScreen()) as stage:
        await stage.sees("originals")
        await stage.press("down", "enter")
        await stage.opens(ReadingScreen)
        await stage.sees("The jokes of farm", "60 jokes")
        await stage.press("escape", "down")
        await stage.until(lambda: "fetch" in possible(stage))
        assert "read" not in possible(stage)


async def test_favourites_are_listed_and_belong_to_f6() -> None:
    liked = Favourite(small.jokes(1)[0], "", "farm", "2026-01-01T00:00:00+00:00")
    Favourites().add(liked)
    async with host(CorporaScreen()) as stage:
        await stage.press("down")
        await stage.sees("1 that you liked; at least 20 are needed. F6 shows them.")
        assert not possible(stage) & {"read", "remove", "fetch"}
