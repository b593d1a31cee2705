"""What to train: corpus, preset, and the few knobs that matter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input, Label, Select, Static

from jokebox.errors import JokeboxError
from jokebox.lm.config import PRESETS, Knobs
from jokebox.tui.widgets.knob_field import KnobField

if TYPE_CHECKING:
    from jokebox.run import Request

FILE = ""  # stands for a file of the user's own among the corpora
SCRATCH = ""
LABELS = {
    "max_epochs": "Epochs",
    "max_minutes": "Minutes",
    "batch_size": "Batch size",
    "sequence_length": "Sequence length",
    "layers": "Layers",
    "hidden_size": "Hidden size",
    "dropout": "Dropout",
    "learning_rate": "Learning rate",
    "seed": "Seed",
}


class TrainDialog(ModalScreen["Request | None"]):
    """Gives a request that can be started, None where it was cancelled."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "start", "Start"),
    ]

    def __init__(self, corpora: Sequence[str], models: Collection[str]) -> None:
        super().__init__()
        self._corpora, self._models = corpora, models

    def compose(self) -> ComposeResult:
        corpora = [(name, name) for name in self._corpora] + [("a file of mine …", FILE)]
        origins = [("scratch", SCRATCH)] + [(f"the model {name}", name) for name in self._models]
        with Vertical(classes="dialog -large -form") as dialog:
            dialog.border_title = "Train a model"
            dialog.border_subtitle = "ctrl+s starts, escape cancels"
            with VerticalScroll(can_focus=False):
                yield from _row("Jokes", _select(corpora, "corpus"))
                yield from _row("File", Input(placeholder="jokes.csv", compact=True, id="file"))
                yield from _row("Start from", _select(origins, "origin"))
                yield from _row("Preset", _select([(p, p) for p in PRESETS], "preset", "standard"))
                yield Static("", id="description", markup=False, classes="hint")
                yield from _row("Name", Input(compact=True, id="name"))
                for knob, label in LABELS.items():
                    yield KnobField(knob, label)
                yield from _row("", Checkbox("letters only", id="letters", compact=True))
            yield Static("", id="note", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Start", variant="primary", id="start", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._refresh()

    @on(Input.Changed)
    @on(Select.Changed)
    def _refresh(self) -> None:
        preset = PRESETS[self._chosen("preset")]
        self.query_one("#description", Static).update(preset.description)
        self.query_one("#file").parent.display = self._chosen("corpus") == FILE  # type: ignore[union-attr]
        continues = self._chosen("origin") != SCRATCH
        for field in self.query(KnobField):
            # another model's weights come in its own shape
            field.disabled = continues and field.knob in ("layers", "hidden_size")
            defaults: dict[str, Any] = {
                **vars(preset.model),
                **vars(preset.training),
                "max_epochs": preset.training.epochs,
                "dropout": preset.training.layer_dropout,
            }
            field.show_default(defaults.get(field.knob))
        problem, name = self._problem(), self._model_name()
        self.query_one("#name", Input).placeholder = self._corpus_name()
        replaces = f"Takes the place of the model {name} when it has finished."
        note = problem or (replaces if name in self._models else "")
        self.query_one("#note", Static).update(note)
        self.query_one("#start", Button).disabled = bool(problem)

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        if not self._problem():
            self.dismiss(self.request())

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def request(self) -> Request:
        """What the fields say."""
        from jokebox.run import Request

        knobs: dict[str, Any] = {
            field.knob: field.value for field in self.query(KnobField) if not field.disabled
        }
        return Request(
            corpora=(self._chosen("corpus") or self._file(),),
            letters_only=self.query_one("#letters", Checkbox).value,
            model=self._model_name(),
            preset=self._chosen("preset"),
            knobs=Knobs(**knobs),
            continue_from=self._chosen("origin") or None,
        )

    def _problem(self) -> str:
        """Why it cannot start yet; empty where it can."""
        from jokebox.library import check_name

        for field in self.query(KnobField):
            if field.error and not field.disabled:
                return f"{LABELS[field.knob]}: {field.error}"
        if self._chosen("corpus") == FILE and not _is_file(self._file()):
            return "Which file? Give its path." if not self._file() else "There is no such file."
        try:
            check_name(self._model_name())
        except JokeboxError as error:
            return f"{error.title}. {error.hint}"
        return ""

    def _chosen(self, id: str) -> str:
        return str(self.query_one(f"#{id}", Select).value)

    def _file(self) -> str:
        return self.query_one("#file", Input).value.strip()

    def _model_name(self) -> str:
        return self.query_one("#name", Input).value.strip() or self._corpus_name()

    def _corpus_name(self) -> str:
        """The name a model has where the user gives none."""
        from jokebox.corpora import resolve

        try:
            return resolve(self._chosen("corpus") or self._file() or "?")[0]
        except JokeboxError:
            return "jokes"


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, RuntimeError):  # a name too long, or the home of nobody
        return False


def _row(label: str, widget: Any) -> ComposeResult:
    with Horizontal(classes="field"):
        yield Label(label)
        yield widget


def _select(options: list[tuple[str, str]], id: str, value: str | None = None) -> Select[str]:
    chosen = options[0][1] if value is None else value
    safe: list[tuple[Any, str]] = [(Content(label), key) for label, key in options]  # no markup
    return Select(safe, value=chosen, allow_blank=False, id=id, compact=True)
