from __future__ import annotations

import os
from pathlib import Path

import pytest

from jokebox import paths
from jokebox.errors import TalkError
from jokebox.favourites import Favourite, Favourites

COW = Favourite("Why did the cow? Moo.", "Why did", "originals", "2026-01-01T00:00:00+00:00")
OWL = Favourite("Why did the owl? Größe \U0001f989", "", "Witze", "2026-01-02T00:00:00+00:00")


@pytest.fixture
def favourites() -> Favourites:
    return Favourites()


def test_there_are_none_at_first(favourites: Favourites) -> None:
    assert favourites.jokes() == []
    assert not favourites.path.exists()


def test_marks_are_kept_in_order_and_taken_again(favourites: Favourites) -> None:
    assert favourites.toggle(COW)
    assert favourites.toggle(OWL)
    assert Favourites().jokes() == [COW, OWL]
    assert not favourites.toggle(COW)
    assert Favourites().jokes() == [OWL]
    favourites.remove(OWL.text)
    favourites.remove("no such joke")
    assert Favourites().jokes() == []


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format":1}', b""])
def test_a_damaged_file_is_told_and_never_overwritten(favourites: Favourites, line: bytes) -> None:
    favourites.toggle(COW)
    favourites.path.write_bytes(line + b"\n" + favourites.path.read_bytes())
    before = favourites.path.read_bytes()
    for attempt in (favourites.jokes, lambda: favourites.toggle(OWL)):
        with pytest.raises(TalkError, match="line 1"):
            attempt()
    assert favourites.path.read_bytes() == before


def test_a_newer_format_is_refused(favourites: Favourites) -> None:
    favourites.toggle(COW)
    favourites.path.write_text(favourites.path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(TalkError, match="newer"):
        favourites.toggle(OWL)


def test_a_failed_write_is_told_and_leaves_the_old_file(
    favourites: Favourites, monkeypatch: pytest.MonkeyPatch
) -> None:
    favourites.toggle(COW)

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(TalkError, match="disk full"):
        favourites.toggle(OWL)
    assert favourites.jokes() == [COW]


def test_a_folder_in_its_place_is_told(favourites: Favourites) -> None:
    paths.favourites_file().mkdir(parents=True)
    with pytest.raises(TalkError, match="cannot be read"):
        favourites.jokes()


def test_hostile_text_in_the_file_is_made_harmless(favourites: Favourites) -> None:
    favourites.toggle(Favourite("moo \x1b[31m", "\u202emoo", "a\nb", ""))
    assert favourites.jokes() == [Favourite("moo [31m", "moo", "a b", "")]


def test_any_file_can_hold_them(tmp_path: Path) -> None:
    Favourites(tmp_path / "a").toggle(COW)
    assert Favourites(tmp_path / "a").jokes() == [COW]
