"""The talks of earlier days: found again by their words, and gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from jokebox.errors import JokeboxError
from jokebox.formatting import counted
from jokebox.tui.exporting import ask_and_export
from jokebox.tui.messages import Failed
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.talks import Entry, Talks


class TalksScreen(ModalScreen["Entry | None"]):
    """Gives the talk to go on with, None where it was closed."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("down", "look", "To the list", show=False),
        Binding("slash", "search", "Search", tooltip="Find talks by their words"),
        Binding("r", "rename", "Rename", tooltip="Give the talk a title"),
        Binding("e", "export", "Export", tooltip="Write it to a file of yours"),
        Binding("d,delete", "remove", "Remove", tooltip="For good"),
    ]

    @dataclass
    class Loaded(Message):
        """All the talks there are."""

        entries: list[Entry]

    def __init__(self, talks: Talks) -> None:
        super().__init__()
        self._talks = talks
        self._entries: list[Entry] = []
        self._found: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large -list") as dialog:
            dialog.border_title = "Talks"
            dialog.border_subtitle = "enter goes on with it, escape closes"
            yield Line(placeholder="search", compact=True, id="search")
            yield OptionList(id="talks")
            yield Note("Looking through them …")
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#talks").focus()
        self._load()

    def _load(self) -> None:
        """Read the talks away from the screen's thread: there may be hundreds."""

        def job() -> None:
            try:
                self.post_message(self.Loaded(self._talks.entries()))
            except OSError as error:
                self.post_message(Failed(error))

        self.run_worker(job, thread=True, group="talks", exit_on_error=False)

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self._entries = message.entries
        self._show()

    @on(Input.Changed, "#search")
    def _show(self) -> None:
        query = self.query_one("#search", Input).value
        self._found = [entry for entry in self._entries if entry.matches(query)]
        options = self.query_one("#talks", OptionList)
        at = options.highlighted or 0
        options.set_options(Option(self._line(entry)) for entry in self._found)
        options.highlighted = min(at, len(self._found) - 1) if self._found else None
        options.display = bool(self._found)
        nobody = "No talk has these words." if self._entries else "Nothing was said yet."
        self.query_one(Note).say("" if self._found else nobody)
        self.refresh_bindings()

    def _line(self, entry: Entry) -> Content:
        recorder = self._talks.recorder
        here = "  on the screen" if recorder is not None and recorder.name == entry.name else ""
        told = f"{counted(entry.jokes, 'joke')}, {entry.model}"
        about = entry.problem or f"{told}, {entry.changed:%Y-%m-%d %H:%M}{here}"
        return Content.assemble((entry.title, "bold"), "\n", (about, "dim"))

    @property
    def _chosen(self) -> Entry | None:
        at = self.query_one("#talks", OptionList).highlighted if self.is_mounted else None
        return None if at is None else self._found[at]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        chosen = self._chosen
        if action in ("rename", "export"):
            return chosen is not None and not chosen.problem
        return chosen is not None if action == "remove" else True

    def action_search(self) -> None:
        self.query_one("#search").focus()

    def action_look(self) -> None:
        self.query_one("#talks").focus()

    @on(Input.Submitted, "#search")
    @on(OptionList.OptionSelected)
    def _open(self) -> None:
        if self._chosen is not None:
            self.dismiss(self._chosen)

    def action_rename(self) -> None:
        entry = self._chosen
        assert entry is not None, "off where there is none"

        def rename(title: str | None) -> None:
            if title is not None:
                self._try(partial(self._talks.rename, entry.name, title))

        self.app.push_screen(AskScreen("Title of this talk", entry.title, _title_problem), rename)

    def action_remove(self) -> None:
        entry = self._chosen
        assert entry is not None, "off where there is none"

        def remove(sure: bool | None) -> None:
            if sure:
                self._try(partial(self._talks.remove, entry.name))

        question = f"Remove the talk \u201c{entry.title}\u201d? It cannot be brought back."
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    def action_export(self) -> None:
        from jokebox.exports import talk_as

        entry = self._chosen
        assert entry is not None, "off where there is none"
        try:
            talk = self._talks.read(entry.name)
        except JokeboxError as error:
            self.post_message(Failed(error))
        else:
            content = partial(talk_as, title=entry.title, kept=talk)
            ask_and_export(self, entry.title, content)

    def _try(self, change: partial[None]) -> None:
        try:
            change()
        except (JokeboxError, OSError) as error:
            self.post_message(Failed(error))
        self._load()


def _title_problem(text: str) -> str:
    return "" if text else "Give it a title."
