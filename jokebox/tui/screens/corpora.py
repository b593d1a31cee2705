"""The jokes to learn from: those here, those to fetch, and files of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import ProgressBar, Static
from textual.worker import get_current_worker

from jokebox.errors import JokeboxError
from jokebox.formatting import size
from jokebox.train import corpora
from jokebox.train.corpora import CorpusFile
from jokebox.train.joke_files import SUFFIXES
from jokebox.tui.messages import Failed
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.corpus_preview import CorpusPreview
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.note import Note
from jokebox.tui.widgets.table import Table

FILES = (*SUFFIXES, *(f"{suffix}.gz" for suffix in SUFFIXES))


class CorporaScreen(ModalScreen[None]):
    """Lists corpora, and adds, fetches and removes them."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close", show=False),
        Binding("a", "add", "Add a file", tooltip="Look into a joke file, and add it"),
        Binding("f", "fetch", "Fetch", tooltip="Download it"),
        Binding("d,delete", "remove", "Remove", tooltip="Delete jokebox's copy of it"),
    ]

    @dataclass
    class Fetching(Message):
        """So many bytes are there, of all."""

        done: int
        total: int

    @dataclass
    class Fetched(Message):
        """The download has ended, with `error` where it broke off."""

        error: Exception | None

    def __init__(self) -> None:
        super().__init__()
        self._corpora: dict[str, CorpusFile] = {}
        self._fetching = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -large") as dialog:
            dialog.border_title = "Jokes to learn from"
            dialog.border_subtitle = "escape closes"
            yield Table("Name", "Kind", "Size")
            yield Static("", id="about", markup=False)
            yield ProgressBar(show_eta=False)
            yield Note()
            yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(ProgressBar).display = False
        self._refresh()

    def _refresh(self, remark: str = "") -> None:
        self._corpora = {corpus.name: corpus for corpus in corpora.list_corpora()}
        self.query_one(Table).show(
            {
                name: (name, corpus.kind, size(corpus.bytes))
                for name, corpus in self._corpora.items()
            }
        )
        self.query_one(Note).say(remark)
        self._describe()

    @property
    def _chosen(self) -> CorpusFile | None:
        name = self.query_one(Table).chosen if self._corpora else None
        return self._corpora[name] if name else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        kind = self._chosen.kind if self._chosen else ""
        if action == "fetch":
            return kind == "not fetched" and not self._fetching
        if action == "remove":
            return kind in ("added", "fetched")
        return True

    @on(Table.RowHighlighted)
    def _describe(self) -> None:
        about = self._chosen.description if self._chosen else ""
        self.query_one("#about", Static).update(about)
        self.refresh_bindings()

    def action_add(self) -> None:
        def look_into(path: Path | None) -> None:
            if path is not None:
                self.app.push_screen(CorpusPreview(path), added)

        def added(name: str | None) -> None:
            if name is not None:
                self._refresh(f"Added as {name}: ctrl+r on the main screen trains on it.")

        self.app.push_screen(Browser("Add a joke file", FILES), look_into)

    def action_remove(self) -> None:
        assert self._chosen is not None
        name = self._chosen.name

        def remove(sure: bool | None) -> None:
            if sure:
                try:
                    corpora.remove(name)
                except JokeboxError as error:
                    self.post_message(Failed(error))
                self._refresh()

        question = f"Remove the jokes {name}? Models that have learnt them keep them."
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    # Fetching -----------------------------------------------------------------------------------

    def action_fetch(self) -> None:
        assert self._chosen is not None
        self._fetching = True
        bar = self.query_one(ProgressBar)
        bar.display = True
        bar.update(total=self._chosen.bytes, progress=0)
        self._refresh(f"Fetching {self._chosen.name} …")
        job = partial(self._fetch, self._chosen.name)
        self.run_worker(job, thread=True, group="fetch", exit_on_error=False)

    def _fetch(self, name: str) -> None:
        """In a worker."""
        worker = get_current_worker()

        def show(done: int, total: int) -> None:
            if worker.is_cancelled:
                raise InterruptedError
            self.post_message(self.Fetching(done, total))

        try:
            corpora.fetch(name, show)
        except Exception as error:
            self.post_message(self.Fetched(error))
        else:
            self.post_message(self.Fetched(None))

    @on(Fetching)
    def _show_progress(self, message: Fetching) -> None:
        self.query_one(ProgressBar).update(total=message.total, progress=message.done)

    @on(Fetched)
    def _end_fetching(self, message: Fetched) -> None:
        self._fetching = False
        self.query_one(ProgressBar).display = False
        self._refresh("" if message.error else "Fetched, and it is whole.")
        if message.error:
            self.post_message(Failed(message.error))
