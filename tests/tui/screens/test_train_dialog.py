from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Button, Checkbox, Input, Select

from jokebox import corpora
from jokebox.lm.config import KNOBS, PRESETS, Knobs
from jokebox.run import Request
from jokebox.tui.screens.train_dialog import FILE, LABELS, TrainDialog
from tests import small
from tests.tui.stage import Script, Stage, endless, open_app, shelve

Answers = list[Request | None]


@pytest.fixture
def jokes(tmp_path: Path) -> Path:
    path = tmp_path / "farm.txt"
    path.write_text("\n".join(small.jokes()))
    return path


@asynccontextmanager
async def dialog(
    *names: str, models: tuple[str, ...] = ("zoo",), size: tuple[int, int] = (140, 45)
) -> AsyncIterator[tuple[Stage, TrainDialog, Answers]]:
    answers: Answers = []
    async with open_app(lambda *_: iter(()), size=size) as stage:
        dialog = TrainDialog(names or ("originals", "barn"), models)
        await stage.app.push_screen(dialog, answers.append)
        yield stage, dialog, answers


def set_field(dialog: TrainDialog, id: str, value: str) -> None:
    dialog.query_one(f"#{id}", Input).value = value


def startable(dialog: TrainDialog) -> bool:
    return not dialog.query_one("#start", Button).disabled


async def test_it_starts_with_what_most_want() -> None:
    async with dialog() as (stage, _, answers):
        await stage.pilot.press("ctrl+s")
        assert answers == [Request(model="originals")]


async def test_escape_and_cancel_start_nothing() -> None:
    async with dialog() as (stage, _, answers):
        await stage.pilot.press("escape")
        assert answers == [None]
    async with dialog() as (stage, _, answers):
        await stage.pilot.click("#cancel")
        assert answers == [None]


async def test_all_that_is_chosen_is_in_the_request(jokes: Path) -> None:
    corpora.add(jokes, "barn")
    async with dialog() as (stage, screen, answers):
        for id, value in {"corpus": "barn", "preset": "tiny"}.items():
            screen.query_one(f"#{id}", Select).value = value
        for id, value in {"max_epochs": "3", "dropout": "0.25", "seed": "9", "name": "hen"}.items():
            set_field(screen, id, value)
        screen.query_one("#letters", Checkbox).value = True
        await stage.pilot.pause()
        await stage.pilot.click("#start")
        assert answers == [
            Request(
                corpora=("barn",),
                letters_only=True,
                model="hen",
                preset="tiny",
                knobs=Knobs(max_epochs=3, dropout=0.25, seed=9),
            )
        ]


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
async def test_a_wrong_value_is_told_as_it_is_typed_and_cannot_start(
    field: str, wrong: str, remark: str
) -> None:
    async with dialog() as (stage, screen, answers):
        screen.query_one(f"#{field}").focus()
        await stage.pilot.press(*wrong)
        await stage.sees(remark)
        await stage.pilot.press("ctrl+s")
        assert not startable(screen)
        assert answers == []
        set_field(screen, field, "")
        await stage.until(lambda: startable(screen))


async def test_a_file_of_ones_own_gives_the_model_its_name(jokes: Path) -> None:
    async with dialog() as (stage, screen, answers):
        screen.query_one("#corpus", Select).value = FILE
        await stage.sees("Which file? Give its path.")
        set_field(screen, "file", str(jokes) + "x")
        await stage.sees("There is no such file.")
        set_field(screen, "file", str(jokes))
        await stage.until(lambda: startable(screen))
        await stage.pilot.press("ctrl+s")
        assert answers == [Request(corpora=(str(jokes),), model="farm")]


async def test_a_preset_shows_what_it_stands_for() -> None:
    async with dialog() as (stage, screen, _):
        for name, preset in PRESETS.items():
            screen.query_one("#preset", Select).value = name
            await stage.sees(preset.description[:40])
            shown = screen.query_one("#hidden_size", Input).placeholder
            assert shown == str(preset.model.hidden_size)


async def test_from_a_model_its_shape_is_kept() -> None:
    async with dialog() as (stage, screen, answers):
        set_field(screen, "hidden_size", "64")
        screen.query_one("#origin", Select).value = "zoo"
        await stage.until(lambda: screen.query_one("#hidden_size", Input).is_disabled)
        await stage.pilot.press("ctrl+s")
        assert answers == [Request(model="originals", continue_from="zoo")]


async def test_it_says_which_model_is_replaced() -> None:
    async with dialog() as (stage, screen, _):
        assert "Takes the place" not in stage.text()
        set_field(screen, "name", "zoo")
        await stage.sees("Takes the place of the model zoo when it has finished.")


async def test_hostile_names_show_as_text() -> None:
    hostile = ("[/foo]", "[@click=app.quit]x")
    async with dialog(*hostile, models=hostile) as (stage, screen, _):
        await stage.sees("[/foo]")
        await stage.pilot.press("enter")
        await stage.sees("[@click=app.quit]x")
        await stage.pilot.press("escape")
        screen.query_one("#origin", Select).value = hostile[1]
        await stage.sees("the model [@click=app.quit]x")


@pytest.mark.parametrize(
    "path", ["[/foo].csv", "\x1b[31m.csv", "~no-such-user/x", "\x00", "x" * 5000]
)
async def test_hostile_paths_are_no_files(path: str) -> None:
    async with dialog() as (stage, screen, _):
        screen.query_one("#corpus", Select).value = FILE
        set_field(screen, "file", path)
        await stage.sees("There is no such file.")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_a_small_terminal_has_room_for_start_and_what_is_wrong(size: tuple[int, int]) -> None:
    async with dialog(size=size) as (stage, screen, _):
        set_field(screen, "layers", "4")
        await stage.sees("Start", "Cancel", "Layers: it goes from 1 to 3")


async def test_ctrl_r_offers_what_there_is_and_starts_the_run(script: Script, jokes: Path) -> None:
    corpora.add(jokes, "barn")
    shelve("zoo", endless())
    async with open_app(script) as stage:
        await stage.ready()
        await stage.pilot.press("ctrl+r")
        await stage.until(lambda: isinstance(stage.app.screen, TrainDialog))
        screen = stage.app.screen
        values = [value for _, value in screen.query_one("#corpus", Select)._options]
        assert values == ["originals", "barn", FILE]
        screen.query_one("#corpus", Select).value = "barn"
        await stage.pilot.pause()
        await stage.pilot.press("ctrl+s")
        await stage.until(lambda: script.requests)
        assert script.requests == [Request(corpora=("barn",), model="barn")]
