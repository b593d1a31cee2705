"""What to train: the jokes, how long, and below that the few knobs that matter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Collapsible, Input, Select, Static

from jokebox import cache
from jokebox.errors import JokeboxError
from jokebox.files import exists, typed_path
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train import past_runs
from jokebox.train.estimate import Estimate, Size, estimate, guess_characters
from jokebox.train.presets import PRESETS, configure, like
from jokebox.train.request import Knobs
from jokebox.train.sizing import BUNDLED
from jokebox.tui.fields import choice, row, safe, text, tick
from jokebox.tui.widgets.forecast import Forecast
from jokebox.tui.widgets.knob_field import KnobField
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.library import StoredModel
    from jokebox.train.request import Request

FILE = ""  # stands for a file of the user's own among the corpora
SCRATCH = ""
TIMES = {"": "until it stops getting better", "1": "one minute", "5": "five minutes"}  # by minutes
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
REMEMBERED = "last-training"  # the fields by their ids, as they were when a run was started


class TrainDialog(ModalScreen["Request | None"]):
    """Gives a request that can be started, None where it was cancelled."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "start", "Start"),
        Binding("ctrl+o", "corpora", "Add jokes"),
    ]

    def __init__(self, models: Mapping[str, StoredModel]) -> None:
        super().__init__()
        self._models = models

    def compose(self) -> ComposeResult:
        last = cache.recall(REMEMBERED)
        origins = {SCRATCH: "scratch"} | {name: f"the model {name}" for name in self._models}
        presets = {name: name for name in ("standard", *PRESETS)}
        turned = any(last.get(id) for id in (*LABELS, "column", "letters"))
        with Vertical(classes="dialog -large -form") as dialog:
            dialog.border_title = "Train a model"
            dialog.border_subtitle = "ctrl+s starts, ctrl+o adds jokes, escape cancels"
            with VerticalScroll(can_focus=False):
                yield from row("Jokes", choice(_corpora(), "corpus", last))
                yield from row("File", text("file", last, "jokes.csv"))
                yield from row("Time", choice(TIMES, "time", last))
                yield from row("Preset", choice(presets, "preset", last))
                yield Static("", id="description", markup=False, classes="hint")
                yield from row("Name", Line(compact=True, id="name"))
                with Collapsible(title="More …", collapsed=not turned):
                    yield from row("Start from", choice(origins, "origin", {}))
                    for knob, label in LABELS.items():
                        yield KnobField(knob, label, str(last.get(knob) or ""))
                    yield from row("Column", text("column", last, "Joke"))
                    yield from row("", tick("letters only", "letters", last))
            yield Forecast()
            yield Note()
            with Horizontal(classes="buttons"):
                yield Button("Start", variant="primary", id="start", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        self._refresh()

    @on(Input.Changed)
    @on(Select.Changed)
    def _refresh(self) -> None:
        self.query_one("#description", Static).update(PRESETS[self._chosen("preset")].description)
        self.query_one("#file").parent.display = self._chosen("corpus") == FILE  # type: ignore[union-attr]
        self._show_defaults()
        problem, name = self._problem(), self._model_name()
        self.query_one("#name", Input).placeholder = self._corpus_name()
        self.query_one(Forecast).show(None if problem else self._estimate())
        replaces = f"Takes the place of the model {name} when it has finished."
        note = problem or (replaces if name in self._models else "")
        self.query_one(Note).say(note)
        self.query_one("#start", Button).disabled = bool(problem)

    def _show_defaults(self) -> None:
        """What each empty knob stands for."""
        model, training = self._configure(Knobs(max_minutes=self._minutes()))
        values = {**vars(model), **vars(training), "max_epochs": training.epochs}
        values["dropout"] = training.layer_dropout
        for field in self.query(KnobField):
            # another model's weights come in its own shape
            field.disabled = bool(self._origin()) and field.knob in ("layers", "hidden_size")
            field.show_default(values[field.knob])

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        if not self._problem():
            cache.remember(REMEMBERED, self._fields())
            self.dismiss(self.request())

    def action_corpora(self) -> None:
        from jokebox.tui.screens.corpora import CorporaScreen

        self.app.push_screen(CorporaScreen(), self._offer_corpora)

    def _offer_corpora(self, _: None) -> None:
        select, options = self.query_one("#corpus", Select), _corpora()
        chosen = self._chosen("corpus")
        select.set_options(safe(options))
        select.value = chosen if chosen in options else next(iter(options))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def _fields(self) -> dict[str, Any]:
        """The fields by their ids, but for the two that hold only this once."""
        texts = {str(field.id): field.value for field in self.query(Input)}
        choices = {str(field.id): field.value for field in self.query(Select)}
        fields = texts | choices | {"letters": self.query_one("#letters", Checkbox).value}
        return {id: value for id, value in fields.items() if id not in ("name", "origin")}

    def request(self) -> Request:
        """What the fields say."""
        from jokebox.train.request import Request

        return Request(
            corpora=(self._chosen("corpus") or self._text("file"),),
            column=self._text("column") or None,
            letters_only=self.query_one("#letters", Checkbox).value,
            model=self._model_name(),
            preset=self._chosen("preset"),
            knobs=self._knobs(),
            continue_from=self._chosen("origin") or None,
        )

    def _knobs(self) -> Knobs:
        knobs: dict[str, Any] = {
            field.knob: field.value for field in self.query(KnobField) if not field.disabled
        }
        if knobs["max_minutes"] is None:
            knobs["max_minutes"] = self._minutes()
        return Knobs(**knobs)

    def _estimate(self) -> Estimate | None:
        """Time and memory of what the fields say; None where its jokes cannot be looked at."""
        model, training = self._configure(self._knobs())
        origin = self._origin()
        if origin:
            model = origin.model
            training = like(training, origin.training)
        try:
            size = past_runs.size(self._files(), training.tokens)
        except (JokeboxError, OSError):
            return None
        if origin:
            size = Size(size.tokens, origin.vocabulary)
        return estimate(model, training, size, past_runs.speed(model, training, size.vocabulary))

    def _configure(self, knobs: Knobs) -> tuple[ModelConfig, TrainingConfig]:
        """The preset at the size that suits the jokes, where these can be looked at."""
        try:
            characters = guess_characters(past_runs.unpacked(self._files()))
        except (JokeboxError, OSError):
            characters = BUNDLED
        return configure(self._chosen("preset"), knobs, characters)

    def _files(self) -> list[Path]:
        from jokebox.train.corpora import resolve

        return [resolve(self._chosen("corpus") or self._text("file"))[1]]

    def _problem(self) -> str:
        """Why it cannot start yet; empty where it can."""
        from jokebox.library import check_name

        for field in self.query(KnobField):
            if field.error and not field.disabled:
                return f"{LABELS[field.knob]}: {field.error}"
        file = typed_path(self._text("file"))
        if self._chosen("corpus") == FILE and not (exists(file) and file.is_file()):
            return "There is no such file." if self._text("file") else "Which file? Give its path."
        try:
            check_name(self._model_name())
        except JokeboxError as error:
            return f"{error.title}. {error.hint}"
        return ""

    def _chosen(self, id: str) -> str:
        return str(self.query_one(f"#{id}", Select).value)

    def _text(self, id: str) -> str:
        return self.query_one(f"#{id}", Input).value.strip()

    def _minutes(self) -> float | None:
        return float(self._chosen("time")) if self._chosen("time") else None

    def _origin(self) -> StoredModel | None:
        return self._models.get(self._chosen("origin"))

    def _model_name(self) -> str:
        return self._text("name") or self._corpus_name()

    def _corpus_name(self) -> str:
        """The name a model has where the user gives none."""
        from jokebox.train.corpora import resolve

        try:
            return resolve(self._chosen("corpus") or self._text("file") or "?")[0]
        except JokeboxError:
            return "jokes"


def _corpora() -> dict[str, str]:
    from jokebox.train.corpora import list_corpora

    names = [corpus.name for corpus in list_corpora() if corpus.kind != "not fetched"]
    return {name: name for name in names} | {FILE: "a file of mine …"}
