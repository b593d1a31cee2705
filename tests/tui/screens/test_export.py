from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.widgets import Input

from jokebox.talk.exports import export
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from jokebox.tui.screens.export import ask_and_export
from tests.tui.host import Host, host


class Exporting(Dialog[None]):
    """A dialog that has something to export: the suffix it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = threading.Event()  # writing waits until it is set
        self.hold.set()

    def compose(self) -> ComposeResult:
        with self.frame("Exporting", ""):
            yield from ()

    def on_mount(self) -> None:
        self.ask()

    def ask(self) -> None:
        def write(path: Path, replacing: bool) -> None:
            self.hold.wait()
            export(path, f"as {path.suffix}".encode(), replacing=replacing)

        ask_and_export(self, "why-did-foo-cross.md", (".md", ".txt", ".jsonl"), write)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Host]:
    """Ask for a file, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    async with host(Exporting()) as stage:
        await asked(stage)
        yield stage


async def asked(stage: Host) -> None:
    await stage.until(lambda: isinstance(stage.app.screen, AskScreen))
    await stage.until(lambda: stage.app.focused is not None)


async def answer(stage: Host, name: str) -> None:
    stage.app.screen.query_one(Input).value = name
    await stage.press("enter")


async def test_a_name_is_offered(stage: Host) -> None:
    await stage.sees("Export to a file", "why-did-foo-cross.md")
    await stage.press("enter")
    await stage.until(Path("why-did-foo-cross.md").exists)


@pytest.mark.parametrize("suffix", [".md", ".txt", ".jsonl"])
async def test_the_suffix_decides_what_is_written(stage: Host, suffix: str) -> None:
    path = Path(f"[b]mine{suffix}")
    await answer(stage, f" {path} ")
    await stage.sees("Exported to")
    assert path.read_text() == f"as {suffix}"


async def test_a_file_is_replaced_only_if_the_user_is_sure(stage: Host) -> None:
    path = Path("[b]mine.md")
    path.write_text("mine")
    await answer(stage, path.name)
    await stage.sees("[b]mine.md exists. Replace it?")
    await stage.press("escape")
    await stage.until(lambda: isinstance(stage.app.screen, Exporting))
    assert path.read_text() == "mine"
    assert isinstance(stage.app.screen, Exporting)
    stage.app.screen.ask()
    await asked(stage)
    await answer(stage, path.name)
    await stage.until(lambda: isinstance(stage.app.screen, ConfirmScreen))
    await stage.click("#yes")
    await stage.until(lambda: path.read_text() == "as .md")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("talk.doc", "End it in .md"),
        ("", "End it in .md"),
        ("folder.md", "End it in .md"),
        ("no/such/folder/a.md", "There is no such folder."),
        ("a\0.md", "cannot be the name"),
        ("~no-such-user/a.md", "cannot be the name"),
        ("a" * 300 + ".md", "cannot be the name"),
    ],
)
async def test_what_is_wrong_with_a_name_is_shown_as_it_is_typed(
    stage: Host, name: str, problem: str
) -> None:
    Path("folder.md").mkdir()
    stage.app.screen.query_one(Input).value = name
    await stage.sees(problem)
    await stage.press("enter")
    assert isinstance(stage.app.screen, AskScreen)
    await stage.press("escape")
    await stage.until(lambda: isinstance(stage.app.screen, Exporting))
    assert {path.name for path in Path().iterdir()} <= {"folder.md", "home"}


async def test_what_takes_long_is_announced_and_written_even_if_the_dialog_is_closed(
    stage: Host,
) -> None:
    dialog = stage.app.screen_stack[1]
    assert isinstance(dialog, Exporting)
    dialog.hold.clear()
    await answer(stage, "mine.md")
    await stage.sees("Writing mine.md …")
    assert not Path("mine.md").exists()
    dialog.dismiss(None)
    dialog.hold.set()
    await stage.sees("Exported to")
    assert Path("mine.md").read_text() == "as .md"


async def test_a_file_that_cannot_be_written_is_reported(
    stage: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*where: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    await answer(stage, "mine.md")
    await stage.until(lambda: stage.app.posted)
    (failed,) = stage.app.posted
    assert isinstance(failed, TaskFailed)
    assert "No space left" in str(failed.error)
    assert "Exported" not in stage.text()
