"""The jokes to learn from: those on this machine, those to fetch, and files of one's own."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import ProgressBar, Static
from textual.worker import get_current_worker

from jokebox.formatting import size
from jokebox.train import corpora
from jokebox.train.corpora import CorpusFile
from jokebox.train.joke_files import ENDINGS, Reading
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.corpus_preview import CorpusPreview
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.note import Note
from jokebox.tui.widgets.table import Table


class CorporaScreen(Dialog[None]):
    """List corpora; add, fetch and remove them."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close", show=False),
        Binding("j", "read", "Jokes", tooltip="Read, search and count its jokes"),
        Binding("a", "add", "Add a file", tooltip="Look into a joke file, and add it"),
        Binding("f", "fetch", "Fetch", tooltip="Download it"),
        Binding("d,delete", "remove", "Remove", tooltip="Delete jokebox's copy of it"),
    ]

    @dataclass
    class Fetching(Message):
        """A download has come so far."""

        done: int  # bytes
        total: int

    @dataclass
    class Fetched(Message):
        """A download has ended."""

        error: Exception | None  # that broke it off, if one did

    def __init__(self) -> None:
        super().__init__()
        self._corpora: dict[str, CorpusFile] = {}
        self._fetching = False

    def compose(self) -> ComposeResult:
        keys = "enter shows its jokes, escape closes"
        with self.frame("Corpora: jokes to learn from", keys, "-large"):
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
    def _highlighted(self) -> CorpusFile | None:
        name = self.query_one(Table).chosen if self._corpora else None
        return self._corpora[name] if name else None

    @property
    def _chosen(self) -> CorpusFile:
        corpus = self._highlighted
        assert corpus is not None, "actions on a corpus are off if there is none"
        return corpus

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        kind = self._highlighted.kind if self._highlighted else ""
        if action == "fetch":
            return kind == "not fetched" and not self._fetching
        if action == "remove":
            return kind in ("added", "fetched")
        if action == "read":
            return kind not in ("", "not fetched", "favourites")  # F6 shows these
        return True

    @on(Table.RowHighlighted)
    def _describe(self) -> None:
        corpus = self._highlighted
        about = corpus.description if corpus else ""
        if corpus and corpus.kind == "favourites":
            about += ". F6 shows them."
        self.query_one("#about", Static).update(about)
        self.refresh_bindings()

    @on(Table.RowSelected)
    def action_read(self) -> None:
        if self.check_action("read", ()):
            name = self._chosen.name
            jokes = partial(corpora.jokes_of, name, watch=_unless_cancelled)
            self.app.push_screen(ReadingScreen(f"The jokes of {name}", jokes))

    def action_add(self) -> None:
        def preview(path: Path | None) -> None:
            if path is not None:
                self.app.push_screen(CorpusPreview(path), added)

        def added(name: str | None) -> None:
            if name is not None:
                self._refresh(f"Added as {name}: ctrl+r on the main screen trains on it.")

        self.app.push_screen(Browser("Add a joke file", ENDINGS), preview)

    def action_remove(self) -> None:
        name = self._chosen.name

        def remove(sure: bool | None) -> None:
            if sure:
                self.attempt(partial(corpora.remove, name))
                self._refresh()

        question = f"Remove the corpus {name}? Models that learnt from it keep its jokes."
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    # Fetching -------------------------------------------------------------------------------------

    def action_fetch(self) -> None:
        self._fetching = True
        bar = self.query_one(ProgressBar)
        bar.display = True
        bar.update(total=self._chosen.bytes, progress=0)
        self._refresh(f"Fetching {self._chosen.name} …")
        self.work(partial(self._fetch, self._chosen.name))

    def _fetch(self, name: str) -> Message:
        worker = get_current_worker()

        def show(done: int, total: int) -> None:
            if worker.is_cancelled:
                raise InterruptedError
            self.post_message(self.Fetching(done, total))

        try:
            corpora.fetch(name, show)
        except Exception as error:
            return self.Fetched(error)
        return self.Fetched(None)

    @on(Fetching)
    def _show_progress(self, message: Fetching) -> None:
        self.query_one(ProgressBar).update(total=message.total, progress=message.done)

    @on(Fetched)
    def _end_fetching(self, message: Fetched) -> None:
        self._fetching = False
        self.query_one(ProgressBar).display = False
        self._refresh("" if message.error else "Fetched; its checksum is right.")
        if message.error:
            self.post_message(TaskFailed(message.error))


def _unless_cancelled(reading: Generator[float, None, Reading]) -> Reading:
    """Return the result of a reading in a worker; raise InterruptedError if it is cancelled."""
    worker = get_current_worker()
    while True:
        if worker.is_cancelled:
            raise InterruptedError
        try:
            next(reading)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
