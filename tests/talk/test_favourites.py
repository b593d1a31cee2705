from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from jokebox import paths
from jokebox.errors import TalkError
from jokebox.files import exclusive
from jokebox.talk.favourites import Favourite, Favourites, favourite
from jokebox.talk.turns import Turn

COW = Favourite("Why did the cow? Moo.", "Why did", "originals", "2026-01-01T00:00:00+00:00")
OWL = Favourite("Why did the owl? Größe \U0001f989", "", "Witze", "2026-01-02T00:00:00+00:00")


@pytest.fixture
def favourites() -> Favourites:
    return Favourites()


def test_there_are_none_at_first(favourites: Favourites) -> None:
    assert favourites.jokes() == []
    assert not favourites.path.exists()


def test_favourites_are_stored_in_order_and_can_be_removed(favourites: Favourites) -> None:
    favourites.add(COW)
    favourites.add(OWL)
    assert Favourites().jokes() == [COW, OWL]
    assert Favourites().texts() == {COW.text, OWL.text}
    favourites.remove(COW.text)
    favourites.remove("no such joke")
    assert Favourites().jokes() == [OWL]


def test_a_joke_that_is_a_favourite_already_is_not_changed(favourites: Favourites) -> None:
    favourites.add(COW)
    favourites.add(replace(COW, model="other", when="2027-01-01T00:00:00+00:00"))
    assert favourites.jokes() == [COW]


TURN = Turn(0, None, "Knock knock.", True, 1, (), (), joke="Knock knock.  Who's there?")


def test_a_joke_of_many_turns_is_stored_completely_with_the_prompt_that_began_it() -> None:
    other = replace(TURN, prompt="moon", joke="moon")
    more = replace(TURN, prompt="Owl.", opens_joke=False, joke=f"{TURN.joke} Owl. Owl who?")
    joke = favourite([other, TURN, more], "farm")
    assert (joke.text, joke.prompt) == ("Knock knock. Who's there? Owl. Owl who?", "Knock knock.")
    assert joke.model == "farm"


def test_a_joke_is_found_again_by_its_text_whatever_its_spaces(favourites: Favourites) -> None:
    favourites.add(favourite([TURN], "farm"))
    assert favourite([TURN], "farm").text in favourites.texts()


def test_favourites_added_at_the_same_time_are_all_stored(
    favourites: Favourites, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jokebox.talk.favourites.WAIT", 300)
    jokes = [replace(COW, text=f"Moo {number}") for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda joke: Favourites().add(joke), jokes))
    assert favourites.texts() == {joke.text for joke in jokes}


def test_a_change_while_another_process_makes_one_is_an_error(
    favourites: Favourites, monkeypatch: pytest.MonkeyPatch
) -> None:
    favourites.add(COW)
    monkeypatch.setattr("jokebox.talk.favourites.WAIT", 0)
    with exclusive(favourites.path.with_name(".favourites.jsonl.lock"), "them"):
        for change in (partial(favourites.add, OWL), partial(favourites.remove, COW.text)):
            with pytest.raises(TalkError, match="in use"):
                change()
    assert favourites.jokes() == [COW]


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"[" * 100_000, b'{"format":1}', b""])
def test_a_damaged_file_is_an_error_and_never_overwritten(
    favourites: Favourites, line: bytes
) -> None:
    favourites.add(COW)
    favourites.path.write_bytes(line + b"\n" + favourites.path.read_bytes())
    before = favourites.path.read_bytes()
    for attempt in (favourites.jokes, lambda: favourites.add(OWL)):
        with pytest.raises(TalkError, match="line 1"):
            attempt()
    assert favourites.path.read_bytes() == before


def test_a_newer_format_is_refused(favourites: Favourites) -> None:
    favourites.add(COW)
    favourites.path.write_text(favourites.path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(TalkError, match="newer"):
        favourites.add(OWL)


def test_a_failed_write_is_an_error_and_leaves_the_old_file(
    favourites: Favourites, monkeypatch: pytest.MonkeyPatch
) -> None:
    favourites.add(COW)

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(TalkError, match="disk full"):
        favourites.add(OWL)
    assert favourites.jokes() == [COW]


def test_a_folder_in_place_of_the_file_is_an_error(favourites: Favourites) -> None:
    paths.favourites_file().mkdir(parents=True)
    with pytest.raises(TalkError, match="cannot be read"):
        favourites.jokes()


def test_hostile_text_in_the_file_is_made_harmless(favourites: Favourites) -> None:
    favourites.add(Favourite("moo \x1b[31m", "\u202emoo", "a\nb", ""))
    assert favourites.jokes() == [Favourite("moo [31m", "moo", "a b", "")]


def test_favourites_can_be_in_any_file(tmp_path: Path) -> None:
    Favourites(tmp_path / "a").add(COW)
    assert Favourites(tmp_path / "a").jokes() == [COW]
