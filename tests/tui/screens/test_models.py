from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Select

from jokebox.library import RUN, Library
from jokebox.lm.config import Manner
from jokebox.snapshots import take_snapshot
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.compare import CompareScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.screens.models import ModelsScreen
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.screens.replay import ReplayScreen
from tests.small import endless, shelve
from tests.tui.host import host


@pytest.fixture
def library() -> Library:
    shelve("barn", endless(), "stopped")
    shelve("farm", endless())
    return Library()


def names(library: Library) -> set[str]:
    return {entry.name for entry in library.models()}


@pytest.mark.parametrize(
    ("keys", "answer"), [(("enter",), "farm"), (("down", "enter"), "barn"), (("escape",), None)]
)
async def test_it_gives_the_name_of_the_model_to_talk_to(
    library: Library, keys: tuple[str, ...], answer: str | None
) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("farm", "barn")
        await stage.press(*keys)
        await stage.until(lambda: stage.answers == [answer])


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 45)])
async def test_a_row_says_what_a_model_is(library: Library, size: tuple[int, int]) -> None:
    async with host(ModelsScreen(library, Manner()), size) as stage:
        await stage.sees("farm", "2.500", "Import", "enter opens it")
        if size[0] == 140:
            await stage.sees("Corpus", "small")
        await stage.opens(ModelsScreen)
        await stage.press("down")
        await stage.sees("1 x 16 units, learnt from small, 40% trained")


async def test_without_models_only_an_import_is_possible() -> None:
    async with host(ModelsScreen(Library(), Manner())) as stage:
        await stage.sees("No models yet", "Import")
        await stage.press("enter", "h", "r", "e", "d")
        assert isinstance(stage.app.screen, ModelsScreen)
        assert "Replay" not in stage.text()


async def test_a_model_is_renamed_if_the_name_is_free(library: Library) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("r")
        await stage.opens(AskScreen)
        await stage.sees("Rename farm")
        for name, problem in {
            "barn": "There is a model with that name already.",
            "../x": "Use up to 80 letters",
        }.items():
            await stage.fill(name)
            await stage.sees(problem)
            await stage.press("enter")
        await stage.fill("stable")
        await stage.press("enter")
        await stage.until(lambda: names(library) == {"barn", "stable"})
        await stage.sees("stable")
        await stage.until(lambda: stage.app.posted == [ModelsScreen.Renamed("farm", "stable")])


async def test_a_model_is_removed_if_the_user_is_sure(library: Library) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("d")
        await stage.opens(ConfirmScreen)
        await stage.press("enter")  # the focus is on Cancel
        await stage.opens(ModelsScreen)
        assert names(library) == {"barn", "farm"}
        await stage.press("d")
        await stage.sees("Remove the model farm")
        await stage.click("#yes")
        await stage.until(lambda: names(library) == {"barn"})
        await stage.until(lambda: stage.app.posted == [ModelsScreen.Removed("farm")])


async def test_the_model_before_is_brought_back_if_the_user_is_sure(library: Library) -> None:
    shelve("farm", replace(endless(), validation_bits_per_byte=2.25))
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("p")
        await stage.opens(ConfirmScreen)
        await stage.sees("(finished, 2.500 bits/byte)", "(finished, 2.250 bits/byte)", "WORSE")
        await stage.press("escape")
        await stage.opens(ModelsScreen)
        assert library.load("farm").validation_bits_per_byte == 2.25
        await stage.press("p")
        await stage.click("#yes")
        await stage.until(lambda: stage.app.posted == [ModelsScreen.BroughtBack("farm")])
        assert library.load("farm").validation_bits_per_byte == 2.5


async def test_a_model_that_cannot_be_opened_says_why_and_can_only_be_renamed_or_removed(
    library: Library,
) -> None:
    (library.directory / "barn" / RUN).write_bytes(b"damaged")
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("barn", "cannot be opened")
        await stage.press("down")
        await stage.sees("a model file is damaged", "it is cut off")
        await stage.until(lambda: "Export" not in stage.text())
        await stage.sees("Rename", "Remove")
        await stage.press("h", "e", "p")
        assert isinstance(stage.app.screen, ModelsScreen)


async def test_a_model_is_exported_and_replaces_a_file_only_if_the_user_is_sure(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "mine.safetensors"
    mine.write_text("mine")
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("e")
        await stage.sees("Export to a file: .safetensors, .html or .csv", "farm.safetensors")
        await stage.fill(mine.name)
        await stage.press("enter")
        await stage.opens(ConfirmScreen)
        assert mine.read_text() == "mine"
        await stage.click("#yes")
        await stage.sees("Exported to")
    assert Library().import_(mine, "hen") == "hen"


@pytest.mark.parametrize(
    ("name", "holds"), [("farm.html", "How farm learnt"), ("farm.csv", "farm,40,")]
)
async def test_a_page_of_a_model_and_its_curves_are_exported_too(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, holds: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("e")
        await stage.opens(AskScreen)
        await stage.fill(name)
        await stage.press("enter")
        await stage.sees("Exported to")
    assert holds in (tmp_path / name).read_text("utf-8")


async def test_a_file_is_imported_under_a_free_name(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library.export("farm", tmp_path / "farm.safetensors")
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("i")
        await stage.opens(Browser)
        await stage.fill("farm.safetensors")
        await stage.press("enter")
        await stage.opens(AskScreen)
        await stage.sees("Import it as", "farm-2")
        await stage.press("enter")
        await stage.sees("Imported as farm-2")
        await stage.until(lambda: names(library) == {"barn", "farm", "farm-2"})


async def test_a_damaged_file_is_reported_and_not_imported(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"no model at all")
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("i")
        await stage.opens(Browser)
        await stage.fill("bad.safetensors")
        await stage.press("enter")
        await stage.opens(AskScreen)
        await stage.sees("Import it as", "bad")
        await stage.press("enter")
        await stage.until(lambda: stage.app.posted)
        (failed,) = stage.app.posted
        assert isinstance(failed, TaskFailed)
        assert "damaged" in str(failed.error)
        assert names(library) == {"barn", "farm"}


async def test_how_a_model_learnt_can_be_seen_again(library: Library) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.press("h")
        await stage.opens(ReplayScreen)
        await stage.sees("farm: finished", "unseen jokes", "escape closes")
        await stage.press("escape")
        await stage.opens(ModelsScreen)


async def test_snapshots_are_named_with_their_size_and_removed_after_a_question(
    library: Library,
) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("farm")
        assert "snapshots" not in stage.text()
        await stage.press("escape")
    take_snapshot(library.directory / "farm", library.load("farm"))
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("snapshots 16 kB", "Slim")
        await stage.press("s")
        await stage.opens(ConfirmScreen)
        await stage.sees("Remove the snapshots of farm")
        await stage.click("#yes")
        await stage.sees("are gone; the model is as it was")
    assert library.snapshot_steps(library.load("farm")) == ()


async def test_a_model_is_compared_with_the_next(library: Library) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("farm")
        await stage.press("down", "c")
        await stage.opens(CompareScreen)
        first, second = (stage.app.screen.query_one(f"#model-{side}", Select) for side in "ab")
        assert (first.value, second.value) == ("barn", "farm")


async def test_what_a_model_learnt_from_can_be_read(library: Library) -> None:
    async with host(ModelsScreen(library, Manner())) as stage:
        await stage.sees("Jokes")
        await stage.press("j")
        await stage.opens(ReadingScreen)
        await stage.sees("learnt from", "Why did the cow")
