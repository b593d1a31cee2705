"""The models on this machine: which one to talk to, and what else can be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.widgets import DataTable, Static

from jokebox.errors import JokeboxError
from jokebox.formatting import compared, described, short, size, training_state
from jokebox.lm.text import sanitise
from jokebox.tui.screens.ask import AskScreen
from jokebox.tui.screens.browser import Browser
from jokebox.tui.screens.confirm import ConfirmScreen
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.screens.export import ask_and_export, sharing
from jokebox.tui.screens.reading import ReadingScreen
from jokebox.tui.screens.replay import ReplayScreen
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.note import Note
from jokebox.tui.widgets.table import Table

if TYPE_CHECKING:
    from jokebox.library import Library, StoredModel
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.config import Manner

SUFFIX = ".safetensors"


class ModelsScreen(Dialog["str | None"]):
    """Show the models; the result is the name of the one to open, None if closed."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("h", "replay", "Replay", tooltip="How it learnt, as a film"),
        Binding("c", "compare", "Compare", tooltip="With another model, a snapshot or a manner"),
        Binding("j", "read", "Jokes", tooltip="Read, search and count the jokes it learnt from"),
        Binding("r", "rename", "Rename", tooltip="Give it another name"),
        Binding("p", "bring_back", "Previous", tooltip="Let the model before take its place"),
        Binding("e", "export", "Export", tooltip="To one file: the model, a page, its curves"),
        Binding("i", "import", "Import", tooltip="Copy an exported file into the library"),
        Binding("s", "remove_snapshots", "Slim", tooltip="Remove its snapshots, to save room"),
        Binding("d,delete", "remove", "Remove", tooltip="For good, with its stopped run"),
    ]

    @dataclass
    class Renamed(Message):
        """A model has another name now."""

        old: str
        new: str

    @dataclass
    class BroughtBack(Message):
        """A model and the one before it have swapped places."""

        name: str

    @dataclass
    class Removed(Message):
        """A model was removed, with its stopped run."""

        name: str

    @dataclass
    class Loaded(Message):
        """The model was read whose learning is to be shown."""

        checkpoint: Checkpoint

    @dataclass
    class Done(Message):
        """A job with files is done, and this is shown."""

        remark: str

    def __init__(self, library: Library, manner: Manner) -> None:
        super().__init__()
        self._library, self._manner = library, manner
        self._models: dict[str, StoredModel] = {}
        self._problems: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with self.frame("Models", "enter opens it, escape closes", "-table"):
            yield Table("Name", "Bits/byte", "Weights", "Size", "Saved", "Corpus")
            yield Static("", id="about", markup=False)
            yield Note()
            yield KeyBar()

    def on_mount(self) -> None:
        self._refresh()

    def _refresh(self, remark: str = "") -> None:
        self._models = {model.name: model for model in self._library.models()}
        self._problems = {file.name: file.problem for file in self._library.unusable()}
        rows = {name: _cells(model) for name, model in self._models.items()}
        for name in self._problems.keys() - rows.keys():
            rows[name] = [name, *["-"] * 4, "cannot be opened"]
        self.query_one(Table).show(rows)
        for notice in self._library.notices:
            self.app.notify(notice, severity="warning", markup=False)
        self._library.notices.clear()
        none = "" if rows else "No models yet: ctrl+r on the main screen trains one."
        self.query_one(Note).say(remark or none)
        self._describe()

    @on(DataTable.RowHighlighted)
    def _describe(self) -> None:
        name = self.query_one(Table).chosen or ""
        about = [_about(self._models[name])] if name in self._models else []
        about += [sanitise(self._problems[name])] if name in self._problems else []
        self.query_one("#about", Static).update("; ".join(about))
        self.refresh_bindings()

    @property
    def _chosen(self) -> str:
        name = self.query_one(Table).chosen
        assert name is not None, "actions on a model are off if there is none"
        return name

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        ours = (
            "replay",
            "compare",
            "read",
            "rename",
            "export",
            "remove",
            "bring_back",
            "remove_snapshots",
        )
        if action not in ours:
            return True
        name = self.query_one(Table).chosen if self.is_mounted else None
        if action == "bring_back":
            return name in self._models and self._models[name].has_previous
        if action == "remove_snapshots":
            return name in self._models and self._models[name].snapshot_bytes > 0
        usable = action in ("rename", "remove") or name in self._models
        return name is not None and usable

    @on(DataTable.RowSelected)
    def _open(self) -> None:
        self.dismiss(self._chosen)

    # At once --------------------------------------------------------------------------------------

    def action_rename(self) -> None:
        old = self._chosen

        def rename(new: str | None) -> None:
            if new not in (None, old) and self.attempt(partial(self._library.rename, old, new)):
                self.post_message(self.Renamed(old, new))
                self._refresh()

        asked = AskScreen(f"Rename {old}", old, partial(self._name_problem, old))
        self.app.push_screen(asked, rename)

    def action_bring_back(self) -> None:
        name = self._chosen
        model = self._models[name]

        def bring_back(sure: bool | None) -> None:
            if sure and self.attempt(partial(self._library.bring_back, name)):
                self.post_message(self.BroughtBack(name))
                self._refresh()

        def ask() -> None:
            from jokebox.library import PREVIOUS

            before = self._library.describe(name, PREVIOUS)
            question = (
                f"Bring back the model before ({described(before)}) as {name}, in place of this one"
                f" ({described(model)})? {compared(before, model)} They swap places."
            )
            self.app.push_screen(ConfirmScreen(question, "Bring it back"), bring_back)

        self.attempt(ask)

    def action_remove(self) -> None:
        name = self._chosen

        def remove(sure: bool | None) -> None:
            if sure and self.attempt(partial(self._library.remove, name)):
                self.post_message(self.Removed(name))
                self._refresh()

        question = f"Remove the model {name}, with its stopped run? It cannot be brought back."
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    def action_remove_snapshots(self) -> None:
        name = self._chosen

        def remove(sure: bool | None) -> None:
            if sure and self.attempt(partial(self._library.remove_snapshots, name)):
                self._refresh(f"The snapshots of {name} are gone; the model is as it was.")

        question = (
            f"Remove the snapshots of {name}, {size(self._models[name].snapshot_bytes)}?"
            " The model stays; its film will have only what it said at the time."
        )
        self.app.push_screen(ConfirmScreen(question, "Remove"), remove)

    def action_compare(self) -> None:
        from jokebox.tui.screens.compare import CompareScreen

        sides = ((self._chosen, None), (None, None))
        self.app.push_screen(CompareScreen(self._library, self._manner, sides))

    def _name_problem(self, own: str | None, name: str) -> str:
        from jokebox.library import check_name

        try:
            check_name(name)
        except JokeboxError as error:
            return error.hint
        taken = name != own and name in self._models | self._problems
        return "There is a model with that name already." if taken else ""

    # In a thread ----------------------------------------------------------------------------------

    def action_replay(self) -> None:
        name = self._chosen
        self.work(lambda: self.Loaded(self._library.load(name)))

    def action_read(self) -> None:
        name = self._chosen

        def jokes() -> tuple[str, ...]:
            return self._library.load(name).corpus.learnt

        self.app.push_screen(ReadingScreen(f"What {name} learnt from", jokes))

    def action_export(self) -> None:
        from jokebox.talk.archive import Archive

        name, library = self._chosen, self._library
        share = sharing((), [name], Archive(), library.load)

        def write(path: Path, replacing: bool) -> None:
            if path.suffix == SUFFIX:
                library.export(name, path, replacing=replacing)
            else:
                share(path, replacing)

        ask_and_export(self, f"{name}{SUFFIX}", (SUFFIX, ".html", ".csv"), write)

    def action_import(self) -> None:
        def ask_name(path: Path | None) -> None:
            if path is not None:
                check = partial(self._name_problem, None)
                asked = AskScreen("Import it as", self._free_name(path.stem), check)
                self.app.push_screen(asked, partial(import_, path))

        def import_(path: Path, name: str | None) -> None:
            if name is not None:
                self.work(partial(self._import, path, name))

        self.app.push_screen(Browser("Import a model", (SUFFIX,)), ask_name)

    def _free_name(self, wanted: str) -> str:
        try:
            return self._library.free_name(wanted)
        except JokeboxError:  # not every file name can name a model
            return self._library.free_name("imported")

    def _import(self, path: Path, name: str) -> Message:
        return self.Done(f"Imported as {self._library.import_(path, name)}; its checksum is right.")

    @on(Loaded)
    def _show_replay(self, message: Loaded) -> None:
        self._refresh()
        self.app.push_screen(ReplayScreen(self._library, message.checkpoint, self._manner))

    @on(Done)
    def _show_done(self, message: Done) -> None:
        self._refresh(message.remark)


def _cells(model: StoredModel) -> list[str]:
    score = model.validation_bits_per_byte
    return [
        model.name,
        "-" if score is None else f"{score:.3f}",
        short(model.parameters),
        size(model.bytes),
        f"{model.saved_at:%Y-%m-%d}",
        ", ".join(model.corpora),
    ]


def _about(model: StoredModel) -> str:
    shape = f"{model.model.layers} x {model.model.hidden_size} units"
    state = training_state(model, can_resume=model.can_resume)
    kept = f", snapshots {size(model.snapshot_bytes)}" if model.snapshot_bytes else ""
    return sanitise(f"{shape}, learnt from {', '.join(model.corpora)}, {state}{kept}")
