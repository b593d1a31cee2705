"""What a joke file holds, before it is added."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, Label, Static
from textual.worker import get_current_worker

from jokebox.errors import JokeboxError
from jokebox.formatting import counted
from jokebox.lm.corpus import in_words
from jokebox.lm.text import sanitise
from jokebox.train import corpora
from jokebox.train.corpora import Preview
from jokebox.train.joke_files import Reading, split_name
from jokebox.train.source import Layout
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.fields import columns, row, tick
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
    class Progress(Message):
        """So much of the file was read."""

        share: float  # 0 to 1

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
                yield Line(
                    placeholder="enter reads it again; title, body", compact=True, id="column"
                )
            yield from row("", tick("a joke is a block of lines", "blocks", {}))
            yield Note()
            with Horizontal(classes="buttons"):
                yield Button("Add", variant="primary", id="add", compact=True, disabled=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        is_text = self.path.is_dir() or split_name(self.path.name)[1].startswith((".txt", ".md"))
        self.query_one("#column-field").display = not is_text
        self.query_one("#blocks").parent.display = is_text  # type: ignore[union-attr]
        self._read()

    @property
    def _layout(self) -> Layout:
        layout = columns(self.query_one("#column", Input).value)
        return replace(layout, blocks=self.query_one("#blocks", Checkbox).value)

    @on(Input.Submitted, "#column")
    @on(Checkbox.Changed, "#blocks")
    def _read(self) -> None:
        """Read the file in a thread, which stops when the dialog is left."""
        self.query_one("#add", Button).disabled = True
        self.work(partial(self._preview, self._layout))

    def _preview(self, layout: Layout) -> Message:
        try:
            return self.Read(corpora.preview(self.path, layout, watch=self._watch))
        except JokeboxError as error:
            return self.Read(error)

    def _watch(self, work: Generator[float, None, Reading]) -> Reading:
        """Return what `work` returns, and show how much is done."""
        worker = get_current_worker()
        while not worker.is_cancelled:
            try:
                self.post_message(self.Progress(next(work)))
            except StopIteration as end:
                result: Reading = end.value
                return result
        raise JokeboxError("reading was stopped", str(self.path))

    @on(Progress)
    def _show_share(self, message: Progress) -> None:
        if message.share < 1:
            self.query_one("#found", Static).update(f"Reading … {message.share:.0%}")

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
            self.work(partial(self._add, self._wanted_name, self._layout))

    def _add(self, name: str, layout: Layout) -> Message:
        return self.Added(corpora.add(self.path, name, layout, watch=self._watch).name)

    @on(Added)
    def _leave(self, message: Added) -> None:
        self.dismiss(message.name)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def describe(preview: Preview) -> Content:
    """Return a preview in words."""
    lines = [("\n".join(preview.notices) + "\n" * bool(preview.notices), "$warning")]
    lines.append((counted(preview.jokes, "joke"), "bold"))
    if preview.columns:
        lines.append((f" from {' + '.join(preview.columns)}", ""))
    if preview.left_out:
        total = sum(preview.left_out.values())
        lines.append((f"; {total:,} left out: {in_words(preview.left_out)}", ""))
    lines.append(("\n\nMost begin with\n", "$foreground-muted"))
    lines += [(f"{number:>6,}  {opening} …\n", "") for opening, number in preview.openings]
    lines.append(("\nSome of them\n", "$foreground-muted"))
    lines += [(f"{joke}\n", "") for joke in preview.examples]
    return Content.assemble(*lines)
