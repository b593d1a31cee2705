"""What to train: the jokes, how long, and below that the few knobs that matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Checkbox, Collapsible, Input, Select, Static

from jokebox import cache
from jokebox.errors import JokeboxError
from jokebox.files import exists, typed_path
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train import past_runs
from jokebox.train.corpora import CorpusFile, list_corpora, resolve
from jokebox.train.estimate import Estimate, Size, estimate, guess_characters
from jokebox.train.presets import PRESETS, configure, like
from jokebox.train.request import SHAPE, Knobs, Request, model_name
from jokebox.train.sizing import BUNDLED_CHARACTERS
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.fields import choice, columns, row, safe, text, tick
from jokebox.tui.widgets.forecast import Forecast
from jokebox.tui.widgets.knob_field import KnobField
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from pathlib import Path

    from jokebox.library import StoredModel

FAVOURITES = "favourites"  # the corpus of that name, the user's own or not
AFTER = "More …, Start from: a model learns them after what it knows."
FILE = ""  # instead of the name of a corpus: a file of the user's own
SCRATCH = ""  # instead of the name of a model: random weights
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


@dataclass(frozen=True)
class Form:
    """What the fields say, read once; everything that the dialog shows follows from it.

    `corpus` is the file and the size of the jokes, None if they cannot be looked at.
    """

    request: Request
    minutes: float | None  # of the field Time
    origin: StoredModel | None
    corpus: tuple[Path, int] | None  # its bytes, unpacked
    problem: str  # why it cannot start yet; empty if it can

    def configurations(self, knobs: Knobs) -> tuple[ModelConfig, TrainingConfig]:
        """Return the preset, at the size that suits the jokes, with `knobs` applied."""
        characters = guess_characters(self.corpus[1]) if self.corpus else BUNDLED_CHARACTERS
        return configure(self.request.preset, knobs, characters)

    def defaults(self) -> dict[str, object]:
        """Return what each empty knob means."""
        model, training = self.configurations(Knobs(max_minutes=self.minutes))
        values = {**vars(model), **vars(training), "max_epochs": training.epochs}
        return values | {"dropout": training.layer_dropout}

    def estimate(self) -> Estimate | None:
        """Return the time and memory that the run takes; None if that cannot be known."""
        if self.problem or self.corpus is None:
            return None
        model, training = self.configurations(self.request.knobs)
        if self.origin:
            model, training = self.origin.model, like(training, self.origin.training)
        size = past_runs.measured_size([self.corpus[0]], training.tokens)
        if self.origin:
            size = Size(size.tokens, self.origin.vocabulary)
        return estimate(
            model, training, size, past_runs.measured_speed(model, training, size.vocabulary)
        )


class TrainDialog(Dialog["Request | None"]):
    """Ask what to train; the result is a request that can be started, None if cancelled."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "start", "Start"),
        Binding("ctrl+o", "corpora", "Corpora"),
    ]

    def __init__(self, models: Mapping[str, StoredModel]) -> None:
        super().__init__()
        self._models = models
        self._corpora: dict[str, CorpusFile] = {}  # by name, those that are here

    def compose(self) -> ComposeResult:
        last = cache.recall(REMEMBERED)
        origins = {SCRATCH: "scratch"} | {name: f"the model {name}" for name in self._models}
        presets = {name: name for name in ("standard", *PRESETS)}
        changed = any(last.get(id) for id in (*LABELS, "column", "letters"))
        keys = "ctrl+s starts, ctrl+o adds jokes, escape cancels"
        with self.frame("Train a model", keys, "-large -form"):
            with VerticalScroll(can_focus=False):
                yield from row("Corpus", choice(self._list_corpora(), "corpus", last))
                yield from row("File", text("file", last, "jokes.csv"))
                yield from row("Time", choice(TIMES, "time", last))
                yield from row("Preset", choice(presets, "preset", last))
                yield Static("", id="description", markup=False, classes="hint")
                yield from row("Name", Line(compact=True, id="name"))
                with Collapsible(title="More …", collapsed=not changed):
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
        """Show what follows from the fields, after any of them has changed."""
        form = self.read()
        request = form.request
        self.query_one("#description", Static).update(PRESETS[request.preset].description)
        self.query_one("#file").parent.display = self._chosen("corpus") == FILE  # type: ignore[union-attr]
        self.query_one("#name", Input).placeholder = _name(replace(request, model=None))
        defaults = form.defaults()
        for field in self.query(KnobField):
            # another model's weights come in its own shape
            field.disabled = form.origin is not None and field.knob in SHAPE
            field.show_default(defaults[field.knob])
        self.query_one(Forecast).show(form.estimate())
        replaces = f"Replaces the model {request.model} when it has finished."
        note = form.problem or (replaces if request.model in self._models else "")
        if not note and not form.origin and self._chosen("corpus") == FAVOURITES:
            note = AFTER
        self.query_one(Note).say(note)
        self.query_one("#start", Button).disabled = bool(form.problem)

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        form = self.read()
        if not form.problem:
            cache.remember(REMEMBERED, self._field_values())
            self.dismiss(form.request)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def action_corpora(self) -> None:
        from jokebox.tui.screens.corpora import CorporaScreen

        self.app.push_screen(CorporaScreen(), self._offer_corpora)

    def _offer_corpora(self, _: None) -> None:
        select, options = self.query_one("#corpus", Select), self._list_corpora()
        chosen = self._chosen("corpus")
        select.set_options(safe(options))
        select.value = chosen if chosen in options else next(iter(options))

    def _list_corpora(self) -> dict[str, str]:
        """Look which corpora there are now; return what can be chosen, and how it is called."""
        here = (corpus for corpus in list_corpora() if corpus.kind != "not fetched")
        self._corpora = {corpus.name: corpus for corpus in here}
        return {name: name for name in self._corpora} | {FILE: "a file of mine …"}

    # Reading the fields ---------------------------------------------------------------------------

    def read(self) -> Form:
        """Read all fields."""
        origin = self._models.get(self._chosen("origin"))
        minutes = float(self._chosen("time")) if self._chosen("time") else None
        request = Request(
            corpora=(self._chosen("corpus") or self._text("file"),),
            layout=columns(self._text("column")),
            letters_only=self.query_one("#letters", Checkbox).value,
            model=self._text("name") or None,
            preset=self._chosen("preset"),
            knobs=self._knobs(minutes, origin),
            continue_from=self._chosen("origin") or None,
        )
        request = replace(request, model=_name(request))
        corpus = _look_at(request.corpora[0])
        return Form(request, minutes, origin, corpus, self._problem(request, origin))

    def _knobs(self, minutes: float | None, origin: StoredModel | None) -> Knobs:
        values: dict[str, Any] = {field.knob: field.value for field in self.query(KnobField)}
        if origin:
            values |= dict.fromkeys(SHAPE)
        if values["max_minutes"] is None:
            values["max_minutes"] = minutes
        return Knobs(**values)

    def _problem(self, request: Request, origin: StoredModel | None) -> str:
        """Return why the run cannot start; empty if it can."""
        from jokebox.library import check_name

        for field in self.query(KnobField):
            if field.error and not (origin and field.knob in SHAPE):
                return f"{LABELS[field.knob]}: {field.error}"
        if self._chosen("corpus") == FILE:
            file = typed_path(self._text("file"))
            if not self._text("file"):
                return "Which file? Give its path."
            if not exists(file):
                return "There is no such file."
        corpus = self._corpora.get(self._chosen("corpus"))
        if corpus is not None and corpus.too_few:
            return f"{corpus.name}: {corpus.description}."
        try:
            check_name(request.model or "")
        except JokeboxError as error:
            return f"{error.title}. {error.hint}"
        return ""

    def _field_values(self) -> dict[str, Any]:
        """Return the fields by their ids, but not those that are for this run alone."""
        texts = {str(field.id): field.value for field in self.query(Input)}
        choices = {str(field.id): field.value for field in self.query(Select)}
        values = texts | choices | {"letters": self.query_one("#letters", Checkbox).value}
        return {id: value for id, value in values.items() if id not in ("name", "origin")}

    def _chosen(self, id: str) -> str:
        return str(self.query_one(f"#{id}", Select).value)

    def _text(self, id: str) -> str:
        return self.query_one(f"#{id}", Input).value.strip()


def _name(request: Request) -> str:
    """Return the name of the model, or one that will do until its jokes are found."""
    try:
        return model_name(request)
    except JokeboxError:
        return "jokes"


def _look_at(corpus: str) -> tuple[Path, int] | None:
    """Return the file of a corpus and its bytes, unpacked; None if there is no such file."""
    try:
        path = resolve(corpus)[1]
        return path, past_runs.unpacked_bytes([path])
    except (JokeboxError, OSError):
        return None
