"""A run as a film: what it said then beside what it says now, also while it learns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Input, Static

from jokebox.errors import JokeboxError
from jokebox.formatting import clock, counted, training_state
from jokebox.lm.config import Manner
from jokebox.lm.events import Evaluated, Event, Progress, Started
from jokebox.lm.history import Frame, History
from jokebox.tui.screens.dialog import Dialog
from jokebox.tui.widgets.curves import Curves, Trace
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.line import Line
from jokebox.tui.widgets.slider import Slider

if TYPE_CHECKING:
    from jokebox.library import Library
    from jokebox.lm.checkpoint import Checkpoint

FRAME_TIME = 0.8  # seconds that a frame stands
NOTHING = "Nothing to replay yet: the first frame comes with the first scoring."
NO_WEIGHTS = "No snapshots of this model were kept; runs from now on keep up to a dozen."
LEGEND = Content.from_markup("╍ training  [$primary]━[/] unseen jokes")


class ReplayScreen(Dialog[None]):
    """Show the frames of a run, which are its evaluations, one at a time.

    Another prompt is answered by the snapshots of the run; the frames are theirs then. It says
    what the user wants of a run under way by messages, as the main screen does.
    """

    BINDINGS = [
        Binding("escape", "back", "Close", show=False),
        Binding("f3", "dismiss", "Close", show=False),
        Binding("space", "play", "Play", tooltip="Let the film run"),
        Binding("space", "halt", "Halt", tooltip="Let the film stand still"),
        Binding("slash", "ask", "Ask", tooltip="The same prompt at every snapshot"),
        Binding("c", "compare", "Compare", tooltip="Then with now, word by word"),
        Binding("ctrl+s", "pause", "Pause run", tooltip="Pause the run"),
        Binding("ctrl+s", "unpause", "Continue", tooltip="Let the paused run continue"),
        Binding("b", "batch", "One batch", tooltip="Take one step, and pause"),
        Binding("n", "evaluation", "Next frame", tooltip="Learn until it is scored, and pause"),
    ]

    @dataclass
    class Answered(Message):
        """A snapshot has answered the prompt of the user."""

        prompt: str
        step: int
        text: str

    @dataclass
    class Wanted(Message):
        """The user wants something of the run under way."""

        what: Literal["pause", "unpause", "batch", "evaluation"]

    def __init__(
        self,
        library: Library,
        checkpoint: Checkpoint | None,
        manner: Manner,
        *,
        progress: Progress | None = None,
    ) -> None:
        super().__init__()
        self._library, self._manner = library, replace(manner, drafts=1)
        self._model = checkpoint  # of this very run
        self._history = checkpoint.history if checkpoint else History()
        self._kept: tuple[int, ...] = ()  # steps whose weights are there
        self._prompt = ""  # of the user
        self._answers: dict[int, str] = {}  # to it, by step
        self._stop = threading.Event()  # of the answers
        self._training = self._paused = self._playing = False
        self._goes_on = False  # a paused run, to the next frame
        self._progress = progress

    def compose(self) -> ComposeResult:
        with self.frame("Replay", "escape closes", "-film"):
            with Horizontal(id="film-head"):
                yield Static("", id="film-state", markup=False)
                yield Static(LEGEND, id="film-legend")
            yield Curves(id="film-chart")
            yield Slider()
            with Horizontal(id="film-now"):
                for side in ("then", "now"):
                    with Vertical(id=side):
                        yield Static("", classes="title", markup=False)
                        yield Static("", classes="text", markup=False)
            yield Line(compact=True, id="film-prompt")
            yield Static(NO_WEIGHTS, id="film-note")
            with VerticalScroll(id="film-frames", can_focus=False):
                yield Static("", markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        self._timer = self.set_interval(FRAME_TIME, self._next, pause=True)
        self.query_one(Slider).focus()
        self._look(len(self._history.frames))

    def on_unmount(self) -> None:
        self._stop.set()

    # A run under way ------------------------------------------------------------------------------

    def show_event(self, event: Event) -> None:
        """Show what the run under way reports; if the last frame is shown, follow it."""
        if isinstance(event, Started):
            self._model, self._history = of_same_run(self._model, event.history), event.history
            self._progress, self._prompt = None, ""
            self._look(len(event.history.frames))
        elif isinstance(event, Progress):
            self._progress = event
            points = (*self._history.training, (event.step, event.training_bits_per_byte))
            self._history = replace(self._history, training=points)
            self._draw()
        elif isinstance(event, Evaluated):
            self._goes_on = False
            follows = self._index >= len(self._frames) - 1
            self._model, self._history = event.checkpoint, event.checkpoint.history
            self._look(len(self._history.frames) if follows else self._index)
            if self._prompt:
                self._work(self._answer_now, event.checkpoint)

    def show_run(self, *, training: bool, paused: bool) -> None:
        """Show whether a run is under way, and paused."""
        self._training, self._paused = training, paused
        self._goes_on &= training and paused
        if self.is_mounted:
            self._draw()
            self.refresh_bindings()

    # The frames -----------------------------------------------------------------------------------

    @property
    def _frames(self) -> Sequence[Frame]:
        """What can be shown: the run as it went, or the answers to the user's prompt."""
        frames = self._history.frames
        if not self._prompt:
            return frames
        kept = [frame for frame in frames if frame.step in self._kept]
        return [replace(f, text=self._answers.get(f.step, "…")) for f in kept]

    @property
    def _index(self) -> int:
        return self.query_one(Slider).index

    @property
    def _now(self) -> int:
        """The index of the frame that the model is at: the best one, if the run is over."""
        steps = [frame.step for frame in self._frames]
        best = self._model.step if self._model else -1
        return steps.index(best) if best in steps else len(steps) - 1

    def _look(self, index: int) -> None:
        """See which weights are kept, and show the frame at `index`, or the nearest there is."""
        model = self._model
        if model is not None:
            self._kept = tuple(sorted({*self._library.snapshot_steps(model), model.step}))
        stops = [frame.step for frame in self._frames]
        index = min(max(index, 0), max(0, len(stops) - 1))
        self.query_one(Slider).show(stops, self._kept, index)
        line = self.query_one("#film-prompt", Line)
        line.display = len(self._kept) > 1
        self.query_one("#film-note").display = bool(stops) and not line.display
        line.placeholder = f"ask every snapshot the same, instead of “{self._history.prompt}”"
        self._draw()
        self.refresh_bindings()

    @on(Slider.Moved)
    def _draw(self) -> None:
        """Show the frame that the slider is at."""
        self.query_one("#film-state", Static).update(self._state())
        frames, slider = self._frames, self.query_one(Slider)
        empty = not frames
        for part in ("Slider", "#film-now", "#film-chart", "#film-frames"):
            self.query_one(part).display = not empty
        if empty:
            return
        here = frames[self._index]
        first, last = frames[0].step, frames[-1].step
        training = [p for p in self._history.training if first <= p[0] <= last]
        self.query_one(Curves).show(
            [Trace(training, dash=2), Trace(self._history.validation, style="$primary")],
            slider.place,
            cursor=here.step,
        )
        self._side("then", "Then", here)
        self._side("now", "Now", frames[self._now])
        self._list(frames)

    def _state(self) -> str:
        """Return what the run is at, in a line."""
        run = self._progress
        if self._training:
            doing = "Paused" if self._paused and not self._goes_on else "Learning"
            if run is None:
                return f"{doing} … {NOTHING}" if not self._frames else f"{doing} …"
            left = f"{clock(run.seconds_left)} left"
            return f"{doing}: step {run.step:,} of {run.steps:,}, {left}"
        if self._model is None:
            return NOTHING
        state = f"{self._model.name}: {training_state(self._model, can_resume=False)}"
        kept = len(self._kept) - 1
        return f"{state}, {counted(kept, 'snapshot')}" if kept > 0 else state

    def _side(self, id: str, title: str, frame: Frame) -> None:
        score = "" if frame.bits_per_byte is None else f"  {frame.bits_per_byte:.2f} bits/byte"
        side = self.query_one(f"#{id}")
        side.query_one(".title", Static).update(f"{title}: step {frame.step:,}{score}")
        side.query_one(".text", Static).update(frame.text)

    def _list(self, frames: Sequence[Frame]) -> None:
        """Show every frame in a line, and a mark at the one that the slider is at."""
        lines = [
            Content.assemble(
                (f"{'▸' if i == self._index else ' '}{frame.step:>6,}  ", "$primary"),
                (frame.text, "bold" if i == self._index else ""),
            )
            for i, frame in enumerate(frames)
        ]
        box = self.query_one("#film-frames", VerticalScroll)
        box.query_one(Static).update(Content("\n").join(lines))
        box.scroll_to_region(Region(0, self._index, 1, 1), animate=False)

    # The film -------------------------------------------------------------------------------------

    def action_play(self) -> None:
        if self._index >= len(self._frames) - 1:
            self._look(0)
        self._play(True)

    def action_halt(self) -> None:
        self._play(False)

    def _play(self, playing: bool) -> None:
        self._playing = playing
        if playing:
            self._timer.resume()
        else:
            self._timer.pause()
        self.refresh_bindings()

    def _next(self) -> None:
        last = len(self._frames) - 1
        self._look(self._index + 1)
        if self._index >= last and not self._training:
            self._play(False)

    # The same prompt at every snapshot ------------------------------------------------------------

    def action_ask(self) -> None:
        self.query_one("#film-prompt").focus()

    def action_back(self) -> None:
        """Leave the prompt; from anywhere else, close."""
        if isinstance(self.focused, Line):
            self.query_one(Slider).focus()
        else:
            self.dismiss(None)

    @on(Input.Submitted, "#film-prompt")
    def _ask(self, message: Input.Submitted) -> None:
        """Ask every snapshot; an empty prompt brings the run's own samples back."""
        step = self._frames[self._index].step if self._frames else 0
        self._stop.set()
        self._stop, self._prompt, self._answers = threading.Event(), message.value.strip(), {}
        steps = [frame.step for frame in self._frames]
        self._look(min(range(len(steps)), key=lambda i: abs(steps[i] - step), default=0))
        self.query_one(Slider).focus()
        if self._prompt and self._model is not None:
            self._work(self._answer_all, self._model, steps)

    def _work(self, answer: Callable[..., None], *arguments: object) -> None:
        job = partial(answer, self._prompt, self._stop, *arguments)
        self.run_worker(job, thread=True, exit_on_error=False)

    def _answer_all(
        self, prompt: str, stop: threading.Event, model: Checkpoint, steps: Sequence[int]
    ) -> None:
        """Answer with each snapshot, the last one first: it is the one on the screen."""
        for step in reversed(steps):
            if stop.is_set():
                return
            try:
                snapshot = self._library.load_snapshot(model, step) if step != model.step else model
            except (JokeboxError, OSError) as error:
                self.post_message(self.Answered(prompt, step, f"({error})"))
            else:
                self._answer_now(prompt, stop, snapshot)

    def _answer_now(self, prompt: str, stop: threading.Event, model: Checkpoint) -> None:
        from jokebox.talk.comparison import Contender, answer

        text = answer(Contender(model, self._manner), prompt, seed=1, stop=stop)
        if not stop.is_set():
            self.post_message(self.Answered(prompt, model.step, text))

    @on(Answered)
    def _show_answer(self, message: Answered) -> None:
        if message.prompt == self._prompt:
            self._answers[message.step] = message.text
            self._draw()

    # What can be done -----------------------------------------------------------------------------

    def action_compare(self) -> None:
        from jokebox.tui.screens.compare import CompareScreen

        assert self._model is not None, "there is nothing to compare without a model"
        step = self._frames[self._index].step
        then = min(self._kept, key=lambda kept: abs(kept - step))
        name, prompt = self._model.name, self._prompt or self._history.prompt
        sides = ((name, then if then != self._model.step else None), (name, None))
        self.app.push_screen(CompareScreen(self._library, self._manner, sides, prompt))

    def action_pause(self) -> None:
        self.post_message(self.Wanted("pause"))

    def action_unpause(self) -> None:
        self.post_message(self.Wanted("unpause"))

    def action_batch(self) -> None:
        self.post_message(self.Wanted("batch"))

    def action_evaluation(self) -> None:
        self._goes_on = True
        self.post_message(self.Wanted("evaluation"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        possible = {
            "play": len(self._history.frames) > 1 and not self._playing,
            "halt": self._playing,
            "ask": len(self._kept) > 1,
            "compare": len(self._kept) > 1 and not self._training,
            "pause": self._training and not self._paused,
            "unpause": self._training and self._paused,
            "batch": self._training,
            "evaluation": self._training,
        }
        return possible.get(action, True)


def of_same_run(model: Checkpoint | None, history: History) -> Checkpoint | None:
    """Return `model` with this `history` of a run that has begun, if it is of this run."""
    if model is None or not model.history.samples:
        return None
    same = history.samples[: len(model.history.samples)] == model.history.samples
    return replace(model, history=history) if same else None
