from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.widgets import ProgressBar

from jokebox.errors import DownloadError
from jokebox.train import corpora
from jokebox.train.corpora import CorpusFile, Progress
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.corpora import CorporaScreen
from jokebox.tui.screens.corpus_preview import CorpusPreview
from jokebox.tui.screens.dialog import TaskFailed
from tests import small
from tests.tui.host import Host, host


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return path


class Shop:
    """Stands for the network: the download goes on when the test says so."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go_on = threading.Event()
        self.error = error
        self.broken_off = threading.Event()

    def fetch(self, name: str, progress: Progress) -> CorpusFile:
        progress(40, 100)
        while not self.go_on.wait(0.01):
            try:
                progress(40, 100)
            except BaseException:
                self.broken_off.set()
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


async def test_a_file_is_found_looked_into_and_added(farm: Path) -> None:
    async with host(CorporaScreen()) as stage:
        await stage.press("a")
        await stage.until(lambda: isinstance(stage.app.screen, Browser))
        await stage.press(*"farm.txt", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, CorpusPreview))
        await stage.sees("60 jokes")
        await stage.press("ctrl+s")
        await stage.sees("Added as farm", "added")
        assert corpora.resolve("farm")[1].exists()


async def test_an_added_corpus_is_removed_when_that_is_meant(farm: Path) -> None:
    corpora.add(farm)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "d")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
        await stage.sees("Remove the corpus farm?")
        await stage.press("escape")
        await stage.until(lambda: isinstance(stage.app.screen, CorporaScreen))
        assert farm.exists()
        await stage.press("d")
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
        await stage.click("#yes")
        await stage.until(lambda: "farm" not in stage.text())


async def test_a_fetch_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    monkeypatch.setattr(corpora, "fetch", shop.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        await stage.sees("Fetching reddit-cleanjokes", "40%")
        assert "fetch" not in possible(stage)
        shop.go_on.set()
        await stage.sees("its checksum is right")
        assert not stage.app.screen.query_one(ProgressBar).display


async def test_a_fetch_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    error = DownloadError("not fetched", "no connection")
    shop = Shop(error)
    monkeypatch.setattr(corpora, "fetch", shop.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        shop.go_on.set()
        await stage.until(lambda: stage.app.told == [TaskFailed(error)])
        await stage.until(lambda: "fetch" in possible(stage))


async def test_leaving_breaks_a_fetch_off(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    monkeypatch.setattr(corpora, "fetch", shop.fetch)
    async with host(CorporaScreen()) as stage:
        await stage.press("down", "f")
        await stage.sees("40%")
        await stage.press("escape")
        await stage.until(shop.broken_off.is_set)
    assert stage.app.told == []
