"""The lesson: a step at a time above the prompt, beside the live app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from jokebox.formatting import with_own_keys
from jokebox.lesson import STEPS, Seen, Step, Told
from jokebox.lm.config import Sampling
from jokebox.talk.events import Event, TurnEnded

if TYPE_CHECKING:
    from jokebox.settings import Settings


class Lesson(Vertical):
    """Show a step, and whether the learner has done what it asks for."""

    @dataclass
    class Moved(Message):
        """The lesson is at this step now; None if it is over."""

        step: int | None

    @dataclass
    class RunWanted(Message):
        """The learner starts the run of this step."""

        run: str

    at: var[int] = var(0, init=False)
    seen: var[Seen] = var(Seen(), init=False)
    run_begun: var[bool] = var(False, init=False)

    def __init__(self, at: int, own_keys: Mapping[str, str]) -> None:
        super().__init__(id="lesson")
        self._own_keys = own_keys
        self.set_reactive(Lesson.at, at)

    def compose(self) -> ComposeResult:
        yield Static(id="lesson-title", markup=False)
        yield Static(id="lesson-text", markup=False)
        yield Static(id="lesson-task", markup=False)

    def on_mount(self) -> None:
        self._draw()

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return STEPS[self.at]

    @property
    def done(self) -> bool:
        """Whether the learner has done what the step asks for."""
        return self.step.done(self.seen)

    # What the learner does ------------------------------------------------------------------------

    def note(self, event: Event, settings: Settings, model: str) -> None:
        """Take note of an answer that has ended."""
        if isinstance(event, TurnEnded) and event.turn.words and not event.turn.written:
            turn = event.turn
            told = Told(
                prompt=turn.prompt,
                answer=turn.text,
                bits=sum(word.bits for word in turn.words),
                temperature=settings.temperature,
                take_turns=settings.take_turns,
                model=model,
            )
            self.seen = replace(self.seen, told=(*self.seen.told, told))

    def look(self, bits: float) -> None:
        """Take note of a word whose choices were looked at, and what it cost."""
        self.seen = replace(self.seen, looked=(*self.seen.looked, bits))

    def open_panel(self, panel: str) -> None:
        """Take note of a panel that is open."""
        self.seen = replace(self.seen, panels=self.seen.panels | {panel})

    def end_run(self) -> None:
        """Take note that a run has ended."""
        self.seen = replace(self.seen, runs=self.seen.runs + 1)

    def next(self) -> None:
        """Start the run of this step, or go to the next step; the lesson ends after the last."""
        if self.step.run and not self.run_begun and not self.done:
            self.post_message(self.RunWanted(self.step.run))
        else:
            self.go(self.at + 1)

    def back(self) -> None:
        """Go to the step before."""
        self.go(max(0, self.at - 1))

    def go(self, at: int) -> None:
        """Go to a step; behind the last one the lesson is over."""
        over = at >= len(STEPS)
        if not over:
            self.at = at
            self.seen, self.run_begun = Seen(), False
        self.post_message(self.Moved(None if over else at))

    # What it shows --------------------------------------------------------------------------------

    def watch_at(self) -> None:
        self._draw()

    def watch_seen(self) -> None:
        self._draw()

    def watch_run_begun(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if not self.query(Static):  # set before it is on the screen
            return
        number = f"Lesson {self.at + 1}/{len(STEPS)}  "
        more = ("✓\u00a0done  ", "bold $primary") if self.done else ("", "")
        title = Content.assemble(
            (number, "bold $primary"),
            (f"{self.step.title}  ", "bold"),
            more,
            (self._next_key(), "$foreground-muted"),
        )
        self.query_one("#lesson-title", Static).update(title)
        self._show("text", self.step.text)
        task = self.step.task.format(temperature=Sampling.temperature)
        if self.step.shows_cost and self.seen.told:
            task += " " + self.seen.told[-1].cost
        self._show("task", f"▸ {task}")

    def _show(self, part: str, text: str) -> None:
        shown = Content(with_own_keys(text, self._own_keys))
        self.query_one(f"#lesson-{part}", Static).update(shown)

    def _next_key(self) -> str:
        if self.step.run and not self.run_begun and not self.done:
            does = "F9 begins"
        elif not self.done:
            does = "F9 skips"
        else:
            does = "F9 goes on" if self.at + 1 < len(STEPS) else "F9 ends it"
        return with_own_keys(does, self._own_keys).replace(" ", "\u00a0")
