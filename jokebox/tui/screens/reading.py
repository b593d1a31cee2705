"""What a model has read, or what is in a corpus: its jokes, to be read, searched and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from jokebox.formatting import counted
from jokebox.lm.search import Found, JokeSearch, spans
from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.joke_list import JokeList
from jokebox.tui.widgets.line import Line

FOUND = "bold underline $primary"


class ReadingScreen(Dialog[None]):
    """Show jokes, those with a phrase if one is typed; the chosen one stands below in full."""

    HELP = """\
## What it read (Ctrl+P)

All that a model knows comes from its training jokes. “What it read” in the palette shows them: type
a word or a phrase, and see how many jokes have it, and which. Models (F2) and Corpora (Ctrl+D) show
those of any other model or corpus with the key j."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close"),
        Binding("up", "move(-1)", "Before"),
        Binding("down", "move(1)", "After"),
        Binding("pageup", "page(-1)", "Page before"),
        Binding("pagedown", "page(1)", "Page after"),
    ]

    @dataclass
    class Read(Message):
        """The jokes were read."""

        jokes: Sequence[str]
        search: JokeSearch

    def __init__(self, title: str, read: Callable[[], Sequence[str]]) -> None:
        """Show under `title` the jokes that `read` returns, which is called in a thread."""
        super().__init__()
        self._heading, self._read_jokes = title, read
        self._read: ReadingScreen.Read | None = None

    def compose(self) -> ComposeResult:
        with self.frame(self._heading, "↑ ↓ choose, escape closes", "-reading"):
            yield Line(placeholder="a word or a phrase", compact=True, id="search")
            yield Static("Reading the jokes …", id="count", markup=False)
            yield JokeList()
            yield Static("", id="whole")

    def on_mount(self) -> None:
        def read() -> Message:
            jokes = self._read_jokes()
            return self.Read(jokes, JokeSearch(jokes))

        self.work(read)

    @on(Read)
    def _keep(self, message: Read) -> None:
        self._read = message
        self._show()

    @on(Input.Changed, "#search")
    def _show(self) -> None:
        if self._read is not None:
            phrase = self.query_one(Input).value
            found = self._read.search.find(phrase)
            self.query_one("#count", Static).update(in_words(found, len(self._read.jokes)))
            self.query_one(JokeList).show(self._read.jokes, found.places, phrase)

    @on(JokeList.Moved)
    def _show_whole(self) -> None:
        joke = sanitise(self.query_one(JokeList).chosen or "")
        content = Content(joke)
        for start, end in spans(joke, self.query_one(Input).value):
            content = content.stylize(FOUND, start, end)
        self.query_one("#whole", Static).update(content)

    def action_move(self, by: int) -> None:
        self.query_one(JokeList).move(by)

    def action_page(self, by: int) -> None:
        jokes = self.query_one(JokeList)
        jokes.move(by * max(1, jokes.size.height - 1))


def in_words(found: Found, jokes: int) -> str:
    """Return how many of so many jokes were found, and how often they have the phrase."""
    if not found.times:
        return "No joke has that." if len(found.places) < jokes else counted(jokes, "joke")
    number = len(found.places)
    share = 100 * number / jokes
    percent = f"{share:.2g} %" if share < 10 else f"{share:.0f} %"
    often = f"; {found.times:,} times" if found.times > number else ""
    return f"{number:,} of {counted(jokes, 'joke')}, {percent}{often}"
