"""Two models, two snapshots or two manners answer the same prompt with the same seed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static

from jokebox.formatting import counted
from jokebox.lm.config import SAMPLINGS, Manner
from jokebox.lm.text import is_word
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from jokebox.tui.widgets.fields import choice, safe
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.note import Note

if TYPE_CHECKING:
    from jokebox.library import Library, StoredModel
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.talk.turns import Turn

LETTERS = "ab"
NOW = "now"  # instead of the step of a snapshot
OWN = "own"  # instead of a named manner
MANNERS = {OWN: "as it talks now", **{name: name for name in SAMPLINGS}}
DIFFERS = "bold underline"
OTHER_JOKES = "They were scored on different jokes, so their scores cannot be compared."
Chosen = tuple[str | None, int | None]  # a model, and the step of a snapshot


class CompareScreen(Dialog[None]):
    """Show two answers side by side, the words that differ underlined."""

    BINDINGS = [
        Binding("escape", "back", "Close", show=False),
        Binding("slash", "ask", "Prompt", tooltip="Type another prompt for both"),
        Binding("n", "again", "Next seed", tooltip="The same prompt with the next seed"),
        Binding("c", "curves", "Curves", tooltip="How both learnt, one over the other"),
    ]

    @dataclass
    class Told(Message):
        """One of the two has told a word, or the end."""

        number: int  # of the comparison
        place: int
        turn: Turn

    def __init__(
        self,
        library: Library,
        manner: Manner,
        sides: Sequence[Chosen] = ((None, None), (None, None)),
        prompt: str = "",
    ) -> None:
        super().__init__()
        self._library, self._manner, self._first_prompt = library, manner, prompt
        self._models = {model.name: model for model in library.models()}
        self._chosen = _fill_in(sides, [*self._models])
        self._turns: list[Turn | None] = [None, None]
        self._number = 0  # of the latest comparison
        self._stop = threading.Event()

    def compose(self) -> ComposeResult:
        with self.frame("Compare", "enter asks both, escape closes", "-compare"):
            if self._models:
                yield from self._form()
            yield Note("" if self._models else "There are no models to compare yet.")
            yield KeyBar()

    def _form(self) -> ComposeResult:
        one, other = self._chosen
        wild = one == other  # else there would be nothing to see
        with Horizontal(id="sides"):
            for letter, (name, step) in zip(LETTERS, self._chosen, strict=True):
                with Vertical(classes="contender"):
                    moment = NOW if step is None else str(step)
                    last = {f"model-{letter}": name, f"step-{letter}": moment}
                    last[f"manner-{letter}"] = "wild" if wild and letter == "b" else OWN
                    names = {name: name for name in self._models}
                    moments = self._moments(name or "")
                    for what, options in ("model", names), ("step", moments), ("manner", MANNERS):
                        yield choice(options, f"{what}-{letter}", last)
        with Horizontal(classes="field", id="ask-both"):
            yield Label("Prompt")
            yield Line(self._first_prompt, "any joke", compact=True, id="prompt-both")
            yield Label("Seed", id="seed-label")
            yield Line("1", compact=True, type="integer", max_length=9, id="seed-both")
        with VerticalScroll(id="answers"), Horizontal():
            for letter in LETTERS:
                yield Static("", markup=False, id=f"answer-{letter}")
        with Horizontal(id="scores"):
            for letter in LETTERS:
                yield Static("", markup=False, id=f"score-{letter}")

    def on_mount(self) -> None:
        if self._models:
            self.query_one("#answers").focus()
            self.call_after_refresh(self._tell)  # by then the choices have said what they are

    def on_unmount(self) -> None:
        self._stop.set()

    def _moments(self, name: str) -> dict[str, str]:
        """Return the moments of a model that can be chosen: now, and its snapshots."""
        steps = self._library.snapshot_steps(self._models[name])
        return {NOW: "as it is now", **{str(step): f"at step {step:,}" for step in steps}}

    # What was chosen ------------------------------------------------------------------------------

    @on(Select.Changed)
    def _choose(self, message: Select.Changed) -> None:
        """Tell again; another model has snapshots of its own."""
        what, _, letter = (message.select.id or "").partition("-")
        if what == "model":
            moments = self._moments(str(message.value))
            step = self.query_one(f"#step-{letter}", Select)
            if [*moments] != [value for _, value in step._options]:
                step.set_options(safe(moments))
                step.value = NOW
        self._tell()

    def _value(self, what: str, place: int) -> str:
        return str(self.query_one(f"#{what}-{LETTERS[place]}", Select).value)

    def _model(self, place: int) -> StoredModel:
        return self._models[self._value("model", place)]

    def _manner_of(self, place: int) -> Manner:
        named = self._value("manner", place)
        return self._manner if named == OWN else replace(self._manner, sampling=SAMPLINGS[named])

    @property
    def _seed(self) -> int:
        return int(self.query_one("#seed-both", Line).value or 1)

    # The answers ----------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _tell(self) -> None:
        """Let both answer, in a thread."""
        if not self.is_attached:
            return
        self._stop.set()
        self._stop, self._turns = threading.Event(), [None, None]
        self._number += 1
        if isinstance(self.focused, Line):
            self.query_one("#answers").focus()
        self._show()
        wanted = [(self._model(i).name, self._value("step", i), self._manner_of(i)) for i in (0, 1)]
        prompt = self.query_one("#prompt-both", Line).value
        job = partial(self._work, self._number, self._stop, wanted, prompt, self._seed)
        self.run_worker(job, thread=True, exit_on_error=False)

    def _work(
        self,
        number: int,
        stop: threading.Event,
        wanted: Sequence[tuple[str, str, Manner]],
        prompt: str,
        seed: int,
    ) -> None:
        from jokebox.talk.comparison import Contender, tell_together

        try:
            contenders = [Contender(self._load(name, step), how) for name, step, how in wanted]
            for place, turn in tell_together(contenders, prompt, seed=seed, stop=stop):
                if stop.is_set():
                    return
                self.post_message(self.Told(number, place, turn))
        except Exception as error:
            self.post_message(TaskFailed(error))

    def _load(self, name: str, step: str) -> Checkpoint:
        checkpoint = self._library.load(name)
        return checkpoint if step == NOW else self._library.load_snapshot(checkpoint, int(step))

    @on(Told)
    def _show_word(self, message: Told) -> None:
        if message.number == self._number:
            self._turns[message.place] = message.turn
            self._show()

    def _show(self) -> None:
        """Show both answers as far as they go, and what can be said about them."""
        from jokebox.talk.comparison import differing

        words = [[w.text.strip() for w in turn.words] if turn else [] for turn in self._turns]
        marks = differing(words[0], words[1])
        for place, letter in enumerate(LETTERS):
            turn = self._turns[place]
            answer = self.query_one(f"#answer-{letter}", Static)
            answer.update(_marked(turn, marks[place]) if turn else Content("…"))
            told = [
                differs
                for word, differs in zip(words[place], marks[place], strict=True)
                if is_word(word)
            ]
            figures = [f"{sum(told)} of {counted(len(told), 'word')} differ"]
            if self._alike:
                figures.append(self._score(place))
            self.query_one(f"#score-{letter}", Static).update("\n".join(figures))
        self.query_one(Note).say("" if self._alike else OTHER_JOKES)

    @property
    def _alike(self) -> bool:
        return self._model(0).fingerprint == self._model(1).fingerprint

    def _score(self, place: int) -> str:
        model, step = self._model(place), self._value("step", place)
        then: Mapping[int, float] = dict(model.history.validation)
        score = model.validation_bits_per_byte if step == NOW else then.get(int(step))
        return "no score" if score is None else f"{score:.3f} bits/byte"

    # Keys -----------------------------------------------------------------------------------------

    def action_ask(self) -> None:
        self.query_one("#prompt-both").focus()

    def action_again(self) -> None:
        self.query_one("#seed-both", Line).value = str(self._seed + 1)
        self._tell()

    def action_back(self) -> None:
        """Leave the line that is being typed in; from anywhere else, close."""
        if isinstance(self.focused, Line):
            self.query_one("#answers").focus()
        else:
            self.dismiss(None)

    def action_curves(self) -> None:
        from jokebox.tui.screens.curves import CurvesScreen

        names = [self._model(0).name, self._model(1).name]
        self.app.push_screen(CurvesScreen(self._library, names))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return bool(self._models) or action not in ("ask", "again", "curves")


def _fill_in(sides: Sequence[Chosen], names: Sequence[str]) -> list[Chosen]:
    """Return `sides` with models for those that were left open, another one for each if possible.

    A model that is not among `names` is left open too.
    """
    chosen = [name for name, _ in sides if name in names]
    left = [name for name in names if name not in chosen] or [*names]
    filled: list[Chosen] = []
    for name, step in sides:
        if name in names:
            filled.append((name, step))
        else:
            filled.append((left.pop(0) if len(left) > 1 else next(iter(left), None), None))
    return filled


def _marked(turn: Turn, differ: Sequence[bool]) -> Content:
    """Return an answer behind its prompt, with the words that the other one has not underlined."""
    parts: list[tuple[str, str]] = [(turn.prompt, "$foreground-muted")]
    for word, differs in zip(turn.words, differ, strict=True):
        space = " " if word.text.startswith(" ") and any(text for text, _ in parts) else ""
        parts += [(space, ""), (word.text.strip(), DIFFERS if differs else "")]
    return Content.assemble(*parts)
