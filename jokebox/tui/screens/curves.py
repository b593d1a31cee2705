"""The curves of any number of runs over one another, and what needs no network."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from jokebox.formatting import BASELINES, clock, counted
from jokebox.lm.curves import curve_of, scored_alike
from jokebox.lm.text import sanitise
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.curves import Curves, Level, Trace
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.library import Library, StoredModel

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
TICKS = 4  # parts of the axis of x


class CurvesScreen(Dialog[None]):
    """Draw the validation curves of the models that are ticked, by steps or by time.

    Only those that were scored on the same jokes as the first one can lie over one another.
    """

    BINDINGS = [
        Binding("escape", "dismiss", "Close", show=False),
        Binding("space", "tick", "Draw", tooltip="Draw this curve, or leave it out"),
        Binding("t", "axis", "Steps, time", tooltip="Draw the curves by steps, or by time"),
    ]

    @dataclass
    class Scored(Message):
        """What needs no network was scored on the jokes with this fingerprint."""

        fingerprint: str
        scores: Mapping[str, float]

    def __init__(self, library: Library, ticked: Collection[str] = ()) -> None:
        super().__init__()
        self._library = library
        self._models = [model for model in library.models() if model.history.validation]
        self._ticked = set(ticked or [model.name for model in self._models[:1]])
        self._baselines: dict[str, Mapping[str, float]] = {}  # by fingerprint; empty: on its way
        self._by_time = False

    def compose(self) -> ComposeResult:
        with self.frame("Curves", "escape closes", "-curves"):
            yield Curves(id="curves-chart")
            yield OptionList(*(Option("", model.name) for model in self._models))
            yield Note("" if self._models else "No model was scored yet.")
            yield KeyBar()

    def on_mount(self) -> None:
        rows = self.query_one(OptionList)
        rows.focus()
        rows.highlighted = 0 if self._models else None
        self._draw()

    @on(OptionList.OptionSelected)
    def action_tick(self) -> None:
        row = self.query_one(OptionList).highlighted
        if row is not None:
            self._ticked ^= {self._models[row].name}
            self._draw()

    def action_axis(self) -> None:
        self._by_time = not self._by_time
        self._draw()

    def _draw(self) -> None:
        """Draw what is ticked, as far as it can be compared."""
        ticked = [model for model in self._models if model.name in self._ticked]
        alike, others = scored_alike(ticked)
        letters = {model.name: LETTERS[i % len(LETTERS)] for i, model in enumerate(alike)}
        self._list(letters, {model.name for model in others})
        self._say(alike, others)
        levels = []
        if alike:
            scores = self._scores(alike[0])
            levels = [Level(scores[name], BASELINES[name]) for name in scores]
        self._plot(alike, levels)

    def _plot(self, models: Sequence[StoredModel], levels: Sequence[Level]) -> None:
        curves = [curve_of(model) for model in models]
        points = [curve.by_time() if self._by_time else curve.points for curve in curves]
        traces = [
            Trace(p, LETTERS[i % len(LETTERS)], "" if i else "$primary", dash=i)
            for i, p in enumerate(points)
        ]
        last = max((x for line in points for x, _ in line), default=0) or 1
        shares = [i / TICKS for i in range(TICKS + 1)]
        self.query_one(Curves).show(
            traces,
            lambda x: sqrt(x / last),  # a run changes most in its first steps
            levels=levels,
            ticks=[(share**2 * last, self._tick(share**2 * last)) for share in shares],
        )

    def _tick(self, x: float) -> str:
        return clock(x) if self._by_time else f"{x:,.0f}"

    def _list(self, letters: Mapping[str, str], others: Collection[str]) -> None:
        """Say of each model which curve is its own, its best score, and its length."""
        rows = self.query_one(OptionList)
        width = max((len(model.name) for model in self._models), default=0)
        for i, model in enumerate(self._models):
            curve = curve_of(model)
            letter = letters.get(model.name, "≠" if model.name in others else "-")
            text = (
                f"{letter}  {sanitise(model.name):{width}}  best {curve.best:.3f}"
                f"  {counted(curve.last_step, 'step')}, {clock(curve.seconds)}"
            )
            rows.replace_option_prompt_at_index(i, Content(text))

    def _say(self, alike: Sequence[StoredModel], others: Sequence[StoredModel]) -> None:
        """Say what the curves are over, and which cannot be compared."""
        if not self._models:
            return
        axis = "time, about" if self._by_time else "steps"
        text = f"Bits per byte of unseen jokes by {axis}: less is better."
        if not alike:
            text = "Space draws a curve."
        elif others:
            names = ", ".join(model.name for model in others)
            text = f"≠ {names}: scored on other jokes than {alike[0].name}, so not drawn."
        elif not self._scores(alike[0]):
            text += " Scoring word frequencies, 3-gram and compressor …"
        self.query_one(Note).say(sanitise(text))

    # What needs no network ------------------------------------------------------------------------

    def _scores(self, model: StoredModel) -> Mapping[str, float]:
        """Return the baselines on the jokes of a model; nothing yet if they are on their way."""
        if model.fingerprint not in self._baselines:
            self._baselines[model.fingerprint] = {}
            self.work(lambda: self._score(model.name, model.fingerprint))
        return self._baselines[model.fingerprint]

    def _score(self, name: str, fingerprint: str) -> Message:
        from jokebox.train.past_runs import measured_baselines

        return self.Scored(fingerprint, measured_baselines(self._library.load(name).corpus))

    @on(Scored)
    def _show_scores(self, message: Scored) -> None:
        self._baselines[message.fingerprint] = message.scores
        self._draw()
