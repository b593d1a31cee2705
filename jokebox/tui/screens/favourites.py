"""The jokes that the user liked best."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from jokebox.errors import JokeboxError
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from jokebox.tui.screens.export import ask_and_export
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.talk.favourites import Favourite, Favourites

NONE = "None yet: ctrl+f adds the last joke, or the one chosen in the talk."


class FavouritesScreen(Dialog[None]):
    """Show the favourites, the newest first."""

    BINDINGS = [
        Binding("escape", "dismiss", "Close", show=False),
        Binding("c", "copy", "Copy", tooltip="Copy the joke to the clipboard"),
        Binding("e", "export", "Export", tooltip="Write all of them to a file of yours"),
        Binding("d,delete", "remove", "Remove", tooltip="Remove it from your favourites"),
    ]

    def __init__(self, favourites: Favourites) -> None:
        super().__init__()
        self._favourites = favourites
        self._jokes: list[Favourite] = []

    def compose(self) -> ComposeResult:
        with self.frame("Favourites", "enter copies it, escape closes", "-large -list"):
            yield OptionList(id="jokes")
            yield Note()
            yield KeyBar()

    def on_mount(self) -> None:
        self._load()
        self.query_one("#jokes").focus()

    def _load(self) -> None:
        try:
            self._jokes = self._favourites.jokes()[::-1]
        except JokeboxError as error:
            self.post_message(TaskFailed(error))
        options = self.query_one("#jokes", OptionList)
        at = options.highlighted or 0
        options.set_options(Option(_line(joke)) for joke in self._jokes)
        options.highlighted = min(at, len(self._jokes) - 1) if self._jokes else None
        options.display = bool(self._jokes)
        self.query_one(Note).say("" if self._jokes else NONE)
        self.refresh_bindings()

    @property
    def _chosen(self) -> Favourite:
        at = self.query_one("#jokes", OptionList).highlighted
        assert at is not None, "actions on a joke are off if there is none"
        return self._jokes[at]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._jokes) or action not in ("copy", "export", "remove")

    @on(OptionList.OptionSelected)
    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._chosen.text)
        self.notify("Copied.", timeout=2)

    def action_remove(self) -> None:
        self.attempt(partial(self._favourites.remove, self._chosen.text))
        self._load()

    def action_export(self) -> None:
        from jokebox.talk.exports import SUFFIXES, export, favourites_as

        jokes = self._jokes

        def write(path: Path, replacing: bool) -> None:
            export(path, favourites_as(path.suffix, jokes).encode(), replacing=replacing)

        ask_and_export(self, "favourite-jokes.md", SUFFIXES, write)


def _line(joke: Favourite) -> Content:
    prompt = joke.prompt if joke.text.startswith(joke.prompt) else ""
    return Content.assemble(
        (prompt, "bold"),
        joke.text.removeprefix(prompt),
        "\n",
        (f"{joke.model}, {joke.when[:10]}", "dim"),
    )
