"""The talks that were kept: to continue one, search, rename, export, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from jokebox.formatting import counted
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.screens.export import ask_and_export, sharing
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.talk.archive import Archive, StoredTalk


class TalksScreen(Dialog["StoredTalk | None"]):
    """Show the talks; the result is the one to continue, None if closed."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("down", "list", "To the list", show=False),
        Binding("slash", "search", "Search", tooltip="Find talks by their words"),
        Binding("r", "rename", "Rename", tooltip="Give the talk a title"),
        Binding("e", "export", "Export", tooltip="Write it to a file of yours"),
        Binding("d,delete", "remove", "Remove", tooltip="For good"),
    ]

    @dataclass
    class Loaded(Message):
        """All talks were read."""

        talks: list[StoredTalk]

    def __init__(self, archive: Archive, load_model: Callable[[str], Checkpoint]) -> None:
        super().__init__()
        self._archive, self._load_model = archive, load_model
        self._talks: list[StoredTalk] = []
        self._found: list[StoredTalk] = []

    def compose(self) -> ComposeResult:
        with self.frame("Talks", "enter continues it, escape closes", "-large -list"):
            yield Line(placeholder="search", compact=True, id="search")
            yield OptionList(id="talks")
            yield Note("Reading the talks …")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#talks").focus()
        self._load()

    def _load(self) -> None:
        """Read the talks away from the screen's thread: there may be hundreds."""
        self.work(lambda: self.Loaded(self._archive.talks()))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._talks = message.talks
        self._show()

    @on(Input.Changed, "#search")
    def _show(self) -> None:
        query = self.query_one("#search", Input).value
        self._found = [talk for talk in self._talks if talk.matches(query)]
        options = self.query_one("#talks", OptionList)
        at = options.highlighted or 0
        options.set_options(Option(self._line(talk)) for talk in self._found)
        options.highlighted = min(at, len(self._found) - 1) if self._found else None
        options.display = bool(self._found)
        none = "No talk has these words." if self._talks else "Nothing was said yet."
        self.query_one(Note).say("" if self._found else none)
        self.refresh_bindings()

    def _line(self, talk: StoredTalk) -> Content:
        recorder = self._archive.recorder
        here = "  on the screen" if recorder is not None and recorder.name == talk.name else ""
        about = f"{counted(talk.jokes, 'joke')}, {talk.model}, {talk.changed:%Y-%m-%d %H:%M}{here}"
        return Content.assemble((talk.title, "bold"), "\n", (talk.problem or about, "dim"))

    @property
    def _highlighted(self) -> StoredTalk | None:
        at = self.query_one("#talks", OptionList).highlighted if self.is_mounted else None
        return None if at is None else self._found[at]

    @property
    def _chosen(self) -> StoredTalk:
        talk = self._highlighted
        assert talk is not None, "actions on a talk are off if there is none"
        return talk

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        talk = self._highlighted
        if action in ("rename", "export"):
            return talk is not None and not talk.problem
        return talk is not None if action == "remove" else True

    def action_search(self) -> None:
        self.query_one("#search").focus()

    def action_list(self) -> None:
        self.query_one("#talks").focus()

    @on(Input.Submitted, "#search")
    @on(OptionList.OptionSelected)
    def _open(self) -> None:
        if self._highlighted is not None:
            self.dismiss(self._highlighted)

    def action_rename(self) -> None:
        talk = self._chosen

        def rename(title: str | None) -> None:
            if title is not None:
                self._change(partial(self._archive.rename, talk.name, title))

        self.app.push_screen(AskScreen("Title of this talk", talk.title, _title_problem), rename)

    def action_remove(self) -> None:
        talk = self._chosen

        def remove(sure: bool | None) -> None:
            if sure:
                self._change(partial(self._archive.remove, talk.name))

        question = f"Remove the talk \u201c{talk.title}\u201d? It cannot be brought back."
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    def _change(self, change: partial[None]) -> None:
        self.attempt(change)
        self._load()

    def action_export(self) -> None:
        from jokebox.talk.exports import SUFFIXES, export, file_name, talk_as

        chosen, archive = self._chosen, self._archive
        share = sharing([chosen.name], (), archive, self._load_model)

        def write(path: Path, replacing: bool) -> None:
            if path.suffix in SUFFIXES:
                text = talk_as(path.suffix, chosen.title, archive.read(chosen.name))
                export(path, text.encode(), replacing=replacing)
            else:
                share(path, replacing)

        proposed = f"{file_name(chosen.title)}.md"
        ask_and_export(self, proposed, (*SUFFIXES, ".html", ".svg", ".png"), write)


def _title_problem(text: str) -> str:
    return "" if text else "Give it a title."
