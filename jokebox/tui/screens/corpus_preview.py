"""What a joke file holds, before it is added."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label, Static

from jokebox.errors import JokeboxError
from jokebox.formatting import counted
from jokebox.lm.text import sanitise
from jokebox.train import corpora
from jokebox.train.corpora import Preview
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.fields import row
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note


class CorpusPreview(Dialog["str | None"]):
    """Show a joke file; the result is the name it was added under, None if it was not added."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "add", "Add"),
    ]

    @dataclass
    class Read(Message):
        """The file was read, or could not be."""

        result: Preview | JokeboxError

    @dataclass
    class Added(Message):
        """The file was copied among jokebox's own."""

        name: str

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._readable = False

    def compose(self) -> ComposeResult:
        with self.frame("Add these jokes?", "ctrl+s adds, escape cancels", "-large -form"):
            with VerticalScroll():
                yield Static("Reading …", id="found", markup=False)
            yield from row("Name", Line(compact=True, id="name"))
            with Horizontal(classes="field", id="column-field"):
                yield Label("Column")
                yield Line(placeholder="enter reads it again", compact=True, id="column")
            yield Note()
            with Horizontal(classes="buttons"):
                yield Button("Add", variant="primary", id="add", compact=True, disabled=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#column-field").display = ".txt" not in self.path.name.lower()
        self._read()

    @property
    def _column(self) -> str | None:
        return self.query_one("#column", Input).value.strip() or None

    @on(Input.Submitted, "#column")
    def _read(self) -> None:
        """Read the file in a thread: it imports pandas."""
        self.query_one("#add", Button).disabled = True
        self.work(partial(self._preview, self._column))

    def _preview(self, column: str | None) -> Message:
        try:
            return self.Read(corpora.preview(self.path, column=column))
        except JokeboxError as error:
            return self.Read(error)

    @on(Read)
    def _show(self, message: Read) -> None:
        result = message.result
        self._readable = isinstance(result, Preview)
        found = self.query_one("#found", Static)
        if isinstance(result, JokeboxError):
            lines = (result.title, result.message, result.hint)
            found.update(Content(sanitise("\n".join(filter(None, lines)))))
            return
        found.update(describe(result))
        self.query_one("#name", Input).placeholder = result.name
        self._check_name()
        self.query_one("#name").focus()

    @on(Input.Changed, "#name")
    def _check_name(self) -> None:
        problem = ""
        try:
            corpora.check_name(self._wanted_name)
        except JokeboxError as error:
            problem = f"{error.title}. {error.hint}" if self._readable else ""
        self.query_one(Note).say(problem)
        self.query_one("#add", Button).disabled = bool(problem) or not self._readable

    @property
    def _wanted_name(self) -> str:
        field = self.query_one("#name", Input)
        return field.value.strip() or field.placeholder

    @on(Button.Pressed, "#add")
    @on(Input.Submitted, "#name")
    def action_add(self) -> None:
        if not self.query_one("#add", Button).disabled:
            self.query_one("#add", Button).disabled = True
            self.work(partial(self._add, self._wanted_name, self._column))

    def _add(self, name: str, column: str | None) -> Message:
        return self.Added(corpora.add(self.path, name, column=column).name)

    @on(Added)
    def _leave(self, message: Added) -> None:
        self.dismiss(message.name)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def describe(preview: Preview) -> Content:
    """Return a preview in words."""
    dropped = preview.dropped_empty + preview.dropped_duplicates
    lines = [("\n".join(preview.notices) + "\n" * bool(preview.notices), "$warning")]
    lines.append((counted(preview.jokes, "joke"), "bold"))
    if dropped:
        duplicates = counted(preview.dropped_duplicates, "near-duplicate")
        lines.append((f"; {dropped:,} left out: {preview.dropped_empty:,} empty, {duplicates}", ""))
    lines.append(("\n\nMost begin with\n", "$foreground-muted"))
    lines += [(f"{number:>6,}  {opening} …\n", "") for opening, number in preview.openings]
    lines.append(("\nSome of them\n", "$foreground-muted"))
    lines += [(f"{joke}\n", "") for joke in preview.examples]
    return Content.assemble(*lines)
