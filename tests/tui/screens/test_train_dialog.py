from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Button, Checkbox, Collapsible, Input, Select

from jokebox import cache
from jokebox.library import Library
from jokebox.talk.favourites import Favourite, Favourites
from jokebox.train import corpora
from jokebox.train.presets import PRESETS
from jokebox.train.request import KNOBS, Knobs, Request
from jokebox.train.source import Layout
from jokebox.tui.screens.corpora import CorporaScreen
from jokebox.tui.screens.train_dialog import FILE, LABELS, TrainDialog
from tests import small
from tests.small import endless, shelve
from tests.tui.host import Host, host
from tests.tui.stage import Script, open_app


@pytest.fixture
def jokes(tmp_path: Path) -> Path:
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return path


@asynccontextmanager
async def dialog(size: tuple[int, int] = (140, 45)) -> AsyncIterator[tuple[Host, TrainDialog]]:
    screen = TrainDialog({entry.name: entry for entry in Library().models()})
    async with host(screen, size) as stage:
        yield stage, screen


def choose(dialog: TrainDialog, id: str, value: str) -> None:
    dialog.query_one(f"#{id}", Select).value = value


def offered(dialog: TrainDialog) -> list[object]:
    """Return the corpora to choose from."""
    return [value for _, value in dialog.query_one("#corpus", Select)._options]


async def unfold(stage: Host, dialog: TrainDialog) -> None:
    dialog.query_one(Collapsible).collapsed = False
    await stage.until(lambda: dialog.query_one("#layers").region)


def set_field(dialog: TrainDialog, id: str, value: str) -> None:
    dialog.query_one(f"#{id}", Input).value = value


def startable(dialog: TrainDialog) -> bool:
    return not dialog.query_one("#start", Button).disabled


async def test_it_starts_with_what_most_want() -> None:
    async with dialog() as (stage, _):
        await stage.sees("until it stops getting better", "standard", "More …")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.answers == [Request(model="originals")])


async def test_escape_and_cancel_start_nothing() -> None:
    async with dialog() as (stage, _):
        await stage.press("escape")
        await stage.until(lambda: stage.answers == [None])
    async with dialog() as (stage, _):
        await stage.click("#cancel")
        await stage.until(lambda: stage.answers == [None])


async def test_all_that_is_chosen_is_in_the_request(jokes: Path) -> None:
    corpora.add(jokes, "barn")
    async with dialog() as (stage, screen):
        for id, value in {"corpus": "barn", "preset": "tiny"}.items():
            screen.query_one(f"#{id}", Select).value = value
        for id, value in {"max_epochs": "3", "dropout": "0.25", "seed": "9"}.items():
            set_field(screen, id, value)
        for id, value in {"name": "hen", "column": "Joke"}.items():
            set_field(screen, id, value)
        screen.query_one("#letters", Checkbox).value = True
        await stage.pilot.pause()
        await stage.click("#start")
        request = Request(
            corpora=("barn",),
            layout=Layout(("Joke",)),
            letters_only=True,
            model="hen",
            preset="tiny",
            knobs=Knobs(max_epochs=3, dropout=0.25, seed=9),
        )
        await stage.until(lambda: stage.answers == [request])


def test_there_is_a_field_for_every_knob() -> None:
    assert LABELS.keys() == KNOBS.keys() == vars(Knobs()).keys()


@pytest.mark.parametrize(
    ("field", "wrong", "remark"),
    [
        ("max_epochs", "many", "a whole number, please"),
        ("max_epochs", "1.5", "a whole number, please"),
        ("layers", "4", "it goes from 1 to 3"),
        ("dropout", "1", "it goes from 0 to 0.9"),
        ("dropout", "nan", "it goes from 0 to 0.9"),
        ("learning_rate", "[/foo]", "a number, please"),
        ("name", "../x", "that cannot be a name"),
        ("name", "[/foo]", "that cannot be a name"),
    ],
)
async def test_a_wrong_value_is_explained_as_it_is_typed_and_cannot_start(
    field: str, wrong: str, remark: str
) -> None:
    async with dialog() as (stage, screen):
        await unfold(stage, screen)
        line = screen.query_one(f"#{field}")
        line.focus()
        await stage.until(lambda: line.has_focus)
        await stage.press(*wrong)
        await stage.sees(remark)
        await stage.press("ctrl+s")
        assert not startable(screen)
        assert stage.answers == []
        set_field(screen, field, "")
        await stage.until(lambda: startable(screen))


async def test_a_file_of_the_users_gives_the_model_its_name(jokes: Path) -> None:
    async with dialog() as (stage, screen):
        screen.query_one("#corpus", Select).value = FILE
        await stage.sees("Which file? Give its path.")
        set_field(screen, "file", str(jokes) + "x")
        await stage.sees("There is no such file.")
        set_field(screen, "file", str(jokes))
        await stage.until(lambda: startable(screen))
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.answers == [Request(corpora=(str(jokes),), model="farm")])


async def test_a_preset_shows_its_description_and_its_width() -> None:
    async with dialog() as (stage, screen):
        for name, preset in PRESETS.items():
            screen.query_one("#preset", Select).value = name
            await stage.sees(preset.description[:40])
            shown = screen.query_one("#hidden_size", Input).placeholder
            assert shown == str(preset.model.hidden_size)


async def test_from_a_model_its_shape_is_kept() -> None:
    shelve("zoo", endless())
    async with dialog() as (stage, screen):
        set_field(screen, "hidden_size", "64")
        choose(screen, "origin", "zoo")
        await stage.until(lambda: screen.query_one("#hidden_size", Input).is_disabled)
        await stage.sees("About 5 seconds")
        await stage.press("ctrl+s")
        request = Request(model="originals", continue_from="zoo")
        await stage.until(lambda: stage.answers == [request])


async def test_it_says_which_model_is_replaced() -> None:
    shelve("zoo", endless())
    async with dialog() as (stage, screen):
        assert "Replaces the model" not in stage.text()
        set_field(screen, "name", "zoo")
        await stage.sees("Replaces the model zoo when it has finished.")


async def test_a_time_sets_the_minutes() -> None:
    async with dialog() as (stage, screen):
        choose(screen, "time", "5")
        await stage.sees("About 5 minutes")
        assert screen.query_one("#max_epochs", Input).placeholder == "30"
        assert screen.query_one("#max_minutes", Input).placeholder == "5"
        await stage.press("ctrl+s")
        request = Request(model="originals", knobs=Knobs(max_minutes=5))
        await stage.until(lambda: stage.answers == [request])


async def test_minutes_that_are_typed_override_the_time_that_is_chosen() -> None:
    async with dialog() as (stage, screen):
        choose(screen, "time", "1")
        set_field(screen, "max_minutes", "3")
        await stage.sees("About 3 minutes")
        await stage.press("ctrl+s")
        request = Request(model="originals", knobs=Knobs(max_minutes=3))
        await stage.until(lambda: stage.answers == [request])


async def test_the_estimate_follows_the_knobs_and_the_machine() -> None:
    cache.remember("speeds", {"35": 1e9})
    async with dialog() as (stage, screen):
        await stage.sees("10 passes", "GB of memory", "hours")
        set_field(screen, "max_epochs", "2")
        await stage.sees("2 passes")
        set_field(screen, "hidden_size", "8")
        await stage.sees("5 minutes, 2 passes")
        set_field(screen, "layers", "9")
        await stage.until(lambda: "passes" not in stage.text())


async def test_the_last_choice_is_offered_again() -> None:
    async with dialog() as (stage, screen):
        choose(screen, "time", "5")
        choose(screen, "preset", "tiny")
        set_field(screen, "dropout", "0.25")
        set_field(screen, "name", "only this once")
        await stage.sees("About 5 minutes")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.answers)
    async with dialog() as (stage, screen):
        await stage.sees("five minutes", "tiny", "0.25", "▼ More …")
        await stage.press("ctrl+s")
        knobs = Knobs(max_minutes=5, dropout=0.25)
        request = Request(model="originals", preset="tiny", knobs=knobs)
        await stage.until(lambda: stage.answers == [request])


@pytest.mark.parametrize(
    "last",
    [
        {"corpus": "gone", "preset": "[/foo]", "time": 9, "dropout": None},
        {"corpus": ["x"], "preset": {}, "layers": "[/foo]", "column": 3, "letters": "yes"},
    ],
)
async def test_what_is_remembered_may_be_anything(last: dict[str, object]) -> None:
    cache.remember("last-training", last)
    async with dialog() as (stage, _):
        await stage.sees("originals", "standard", "until it stops getting better")


async def test_jokes_can_be_added_from_the_dialog(jokes: Path) -> None:
    async with dialog() as (stage, screen):
        await stage.press("ctrl+o")
        await stage.opens(CorporaScreen)
        corpora.add(jokes, "barn")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        await stage.until(lambda: "barn" in offered(screen))
        choose(screen, "corpus", "barn")
        await stage.sees("barn")


@pytest.mark.parametrize(
    "path", ["[/foo].csv", "\x1b[31m.csv", "~no-such-user/x", "\x00", "x" * 5000]
)
async def test_hostile_paths_are_no_files(path: str) -> None:
    async with dialog() as (stage, screen):
        screen.query_one("#corpus", Select).value = FILE
        set_field(screen, "file", path)
        await stage.sees("There is no such file.")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_a_small_terminal_has_room_for_start_and_what_is_wrong(size: tuple[int, int]) -> None:
    async with dialog(size) as (stage, screen):
        set_field(screen, "layers", "4")
        await stage.sees("Start", "Cancel", "Layers: it goes from 1 to 3")


async def test_ctrl_r_offers_what_there_is_and_starts_the_run(script: Script, jokes: Path) -> None:
    corpora.add(jokes, "barn")
    shelve("zoo", endless())
    async with open_app(script) as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+r")
        await stage.opens(TrainDialog)
        screen = stage.app.screen
        assert isinstance(screen, TrainDialog)
        assert offered(screen) == ["originals", "barn", FILE]
        screen.query_one("#corpus", Select).value = "barn"
        await stage.pilot.pause()
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: script.requests)
        assert script.requests == [Request(corpora=("barn",), model="barn")]


def like(number: int) -> None:
    favourites = Favourites()
    for joke in small.jokes(number):
        favourites.add(Favourite(joke, "", "zoo", "2026-01-01T00:00:00+00:00"))


async def test_favourites_are_offered_and_learnt_alone_or_after_a_model() -> None:
    like(20)
    shelve("zoo", endless())
    async with dialog() as (stage, screen):
        assert "favourites" in offered(screen)
        choose(screen, "corpus", "favourites")
        await stage.sees("a model learns them after what it knows")
        choose(screen, "origin", "zoo")
        await stage.until(lambda: "a model learns them" not in stage.text())
        await stage.press("ctrl+s")
        request = Request(("favourites",), model="favourites", continue_from="zoo")
        await stage.until(lambda: stage.answers == [request])


async def test_too_few_favourites_cannot_be_started_and_it_says_how_many_there_are() -> None:
    async with dialog() as (_, screen):
        assert "favourites" not in offered(screen)
    like(3)
    async with dialog() as (stage, screen):
        choose(screen, "corpus", "favourites")
        await stage.sees("3 that you liked; at least 20 are needed")
        assert not startable(screen)
