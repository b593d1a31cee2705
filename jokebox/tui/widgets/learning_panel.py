"""How the model learns: progress, figures, the chart, and samples as they get better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import ProgressBar, Static

from jokebox.formatting import clock, counted, short, training_state
from jokebox.lm.events import (
    Ended,
    Evaluated,
    Event,
    Preparing,
    Progress,
    RolledBack,
    Scoring,
    Started,
)

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.history import History
    from jokebox.tui.widgets.loss_chart import LossChart

GAP = "   "
MOST_SAMPLES = 200  # that are shown; a run has about fifty
ENDINGS = {"finished": "Learnt", "stopped": "Stopped", "failed": "Failed"}


class LearningPanel(Vertical):
    """Show the events of a run, or the history of a model."""

    HELP = """\
## Learning (ctrl+l)

**Bits per byte** say how much the next letter of a joke surprises the model: less is better. A
model that knew nothing would need 8, and each bit less makes the letter twice as likely.

The **training loss** is for the jokes it learns from, the **validation loss**, with the dots, for
jokes it never learns from. The training loss can be above the other, because dropout switches off
part of the network at random while it trains, so that it cannot learn by heart. If the validation
loss rises again, it does learn by heart; the best moment before that is kept."""

    def __init__(self) -> None:
        super().__init__(id="learning", classes="side")
        self._chart: LossChart | None = None
        self._training: list[tuple[int, float]] = []
        self._validation: list[tuple[int, float]] = []
        self._steps = 0
        self._model = ""
        self._best: float | None = None
        self._last: Progress | None = None
        self._paused = False
        self._shown: tuple[str, ...] = ()  # the figures, also those for which there is no room

    def compose(self) -> ComposeResult:
        with Horizontal(id="run"):
            yield Static("", id="phase", markup=False)
            yield Static("", id="left", markup=False)
        yield ProgressBar(total=None, show_eta=False, id="progress")
        yield Static("", id="figures", markup=False)
        yield Vertical(id="chart")
        yield Static("", id="samples-title", markup=False)
        with Vertical(id="samples"):  # has the room; they begin at its top, and keep to its end
            yield VerticalScroll(id="rows", can_focus=False)

    def on_mount(self) -> None:
        self.query_one("#rows", VerticalScroll).anchor()

    async def mount_chart(self) -> None:
        """Mount the chart after the first frame: the plotting library takes its time to import."""
        from jokebox.tui.widgets.loss_chart import LossChart

        if not self.is_attached:  # left meanwhile
            return
        self._chart = LossChart()
        await self.query_one("#chart").mount(self._chart)
        self._draw()

    def key_pressed(self) -> None:
        """Leave the screen to the key that was pressed, as far as that is possible."""
        if self._chart is not None:
            self._chart.key_pressed()

    def show_event(self, event: Event) -> None:
        """Show what a run reports."""
        match event:
            case Preparing():
                self._say(f"{event.doing} …")
                self._bar(None, 0)
            case Scoring():
                self._left(f"scoring on unseen jokes, {event.share:.0%}")
            case Started():
                self._start(event)
            case Progress():
                self._progress(event)
            case Evaluated():
                self._validation.append((event.step, event.validation_bits_per_byte))
                if event.best:
                    self._best = event.validation_bits_per_byte
                self._add_sample(event.step, event.sample)
                self._draw()
            case RolledBack():
                self._show_history(event.history)
                self._draw()
            case Ended():
                self._end(event)

    def show_model(self, checkpoint: Checkpoint) -> None:
        """Show the history of a model that is not being trained."""
        self._model = checkpoint.name
        self._show_history(checkpoint.history)
        self._steps = checkpoint.plan.steps
        self._best = checkpoint.validation_bits_per_byte
        jokes = counted(len(checkpoint.corpus.training), "joke")
        self._say(checkpoint.name, training_state(checkpoint, can_resume=False))
        self._bar(100, 100 * checkpoint.progress)
        self._figures(
            _best(self._best),
            jokes,
            f"{short(checkpoint.parameters)} weights",
            clock(checkpoint.seconds),
            checkpoint.plan.rung,
        )
        self._draw()

    def pause(self, paused: bool) -> None:
        """Show that the run is paused, or continues; some events may still be on their way."""
        if paused != self._paused:
            self._paused = paused
            self._say_progress()

    def rest(self) -> None:
        """Show that there is neither a run nor a model."""
        self._say("Nothing is being learnt")
        self.add_class("-resting")

    def show_stopping(self) -> None:
        """Show that the run will stop at its next batch."""
        self._say("Stopping …")

    def _start(self, event: Started) -> None:
        self._model, self._last = event.model, None
        self._show_history(event.history)
        self._steps = event.steps
        self._best = min((value for _, value in self._validation), default=None)
        self._say_progress()
        self._figures(
            counted(event.jokes, "joke"),
            f"{short(event.parameters)} weights",
            f"{event.device} {event.precision}",
            event.rung,
        )
        self._bar(event.steps, event.step)
        self._draw()

    def _progress(self, event: Progress) -> None:
        self._training.append((event.step, event.training_bits_per_byte))
        self._last = event
        self._say_progress()
        self._figures(
            f"epoch {event.epoch} of {event.epochs}",
            _best(self._best),
            f"{event.tokens_per_second:,.0f} tokens/s",
            f"rate {event.learning_rate:.4f}",
        )
        self._bar(event.steps, event.step)
        self._draw()

    def _say_progress(self) -> None:
        what = f"{'Paused' if self._paused else 'Learning'} {self._model}".rstrip()
        left = "" if self._last is None else f"{clock(self._last.seconds_left)} left"
        self._say(what, left)

    def _end(self, event: Ended) -> None:
        self._say(f"{ENDINGS[event.how]} {self._model}", clock(event.seconds))
        test = event.test_bits_per_byte
        self._figures(
            _best(event.best_validation_bits_per_byte),
            "" if test is None else f"test {test:.3f}",
            event.reason if event.how == "failed" else "",
        )

    def _say(self, text: str, left: str = "") -> None:
        """Say what is being done, and on the right how long it will still take."""
        self.query_one("#phase", Static).update(Content(text), layout=False)
        self._left(left)

    def _left(self, text: str) -> None:
        line = self.query_one("#left", Static)
        line.update(Content(text), layout=len(text) != line.size.width)  # costly, while it learns

    def _figures(self, *figures: str) -> None:
        """Show as many of these figures as there is room for, the first ones first."""
        self._shown = tuple(filter(None, figures))
        self.on_resize()

    def on_resize(self) -> None:
        line = self.query_one("#figures", Static)
        text = fitting(self._shown, line.size.width or self.app.size.width)
        line.update(Content(text), layout=False)

    def _bar(self, total: float | None, progress: float) -> None:
        self.query_one(ProgressBar).update(total=total, progress=progress)
        self.set_class(total is None, "-unknown")
        self.remove_class("-resting")

    def _show_history(self, history: History) -> None:
        self._training, self._validation = list(history.training), list(history.validation)
        self.query_one("#samples-title", Static).update(
            f"Asked to finish “{history.prompt}” after so many steps:"
        )
        self.query_one("#rows").remove_children()
        for step, text in history.samples[-MOST_SAMPLES:]:
            self._add_sample(step, text)

    def _add_sample(self, step: int, text: str) -> None:
        row = Horizontal(
            Static(f"{step:>5}", classes="step"),
            Static(text, markup=False, classes="text"),
            classes="sample",
        )
        self.query_one("#rows").mount(row)

    def _draw(self) -> None:
        self.set_class(not (self._training or self._validation), "-new")
        if self._chart is not None:
            self._chart.show(self._training, self._validation, self._steps)


def fitting(parts: Sequence[str], width: int) -> str:
    """Return the first of `parts` that fit into a line, none of them cut."""
    while len(line := GAP.join(parts)) > width and len(parts) > 1:
        parts = parts[:-1]
    return line


def _best(value: float | None) -> str:
    return "" if value is None else f"best {value:.3f}"
