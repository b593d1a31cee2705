"""The screen: the talk, the prompt, and what is being learnt."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from jokebox.lm.events import Ended, Evaluated, Event
from jokebox.lm.text import normalise
from jokebox.tui.messages import KeepWanted, OpenWanted, StopWanted, TalkOver, Told, TrainWanted
from jokebox.tui.screens.help import HelpScreen
from jokebox.tui.screens.model_picker import ModelPicker
from jokebox.tui.screens.train_dialog import TrainDialog
from jokebox.tui.talker import Talker
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.prompt import Prompt
from jokebox.tui.widgets.training_panel import TrainingPanel
from jokebox.tui.widgets.turn import TurnView

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.run import Request
    from jokebox.tui.app import JokeboxApp

WAITING = "  waits for its first words: it is still learning"
TOO_SMALL = "jokebox needs 60 columns and 16 rows"
LATER = "  waits its turn"


def _bind(key: str, action: str, description: str, tooltip: str) -> Binding:
    return Binding(key, action, description, tooltip=tooltip, id=action)


class MainScreen(Screen[None]):
    """Messages up, data down: the app trains and loads, the talker speaks, this shows."""

    BINDINGS = [
        _bind("escape", "stop_answer", "Stop", "Stop the answer; the joke can go on"),
        _bind("ctrl+o", "new_joke", "New joke", "The next prompt begins another joke"),
        _bind("ctrl+n", "new_chat", "New chat", "Forget the talk and begin from a fresh state"),
        _bind("ctrl+g", "regenerate", "Again", "Answer the last prompt again, from the same state"),
        _bind("ctrl+b", "rewind", "Rewind", "Take the last turn back, state and all"),
        _bind("ctrl+r", "train", "Train", "Train a model, anew or from another"),
        _bind("ctrl+t", "stop_training", "Stop run", "Stop learning; the best so far is kept"),
        _bind("ctrl+t", "resume", "Resume run", "Go on with the stopped run"),
        _bind("f4", "keep", "Keep", "Let the stopped run take its model's place"),
        _bind("f2", "models", "Models", "Talk to another model"),
        _bind("f3", "toggle_panel", "Learning", "Show or hide how the model learnt"),
        _bind("f1", "help", "Help", "Keys, and what the words mean"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.talker = Talker(self.post_message)
        self._newer: Checkpoint | None = None  # takes over between turns
        self._waiting: list[TurnView] = []
        self._speaking: TurnView | None = None
        self._busy = False
        self._turns = 0
        self._in_joke = False
        self.training = False
        self.resumable: str | None = None  # the model whose stopped run can go on
        self.keepable: str | None = None  # the model whose place it can take

    def compose(self) -> ComposeResult:
        yield Static("jokebox", id="status", markup=False)
        with Container(id="body"):
            yield TrainingPanel()
            yield ConversationView()
        yield Prompt()
        yield Static(TOO_SMALL, id="too-small", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one(Prompt).focus()

    @property
    def _app(self) -> JokeboxApp:
        return cast("JokeboxApp", self.app)

    # Data down ----------------------------------------------------------------------------------

    def show_status(self, text: str) -> None:
        self.query_one("#status", Static).update(
            Content.assemble(("jokebox", "bold $primary"), f"  {text}")
        )

    def show_event(self, event: Event) -> None:
        """A training run says something; its newer weights take over between turns."""
        self.query_one(TrainingPanel).show_event(event)
        if isinstance(event, Evaluated | Ended) and event.checkpoint and event.checkpoint.step:
            self.take_over(event.checkpoint)

    def take_over(self, checkpoint: Checkpoint) -> None:
        """Talk to this model from the next turn on."""
        self._newer = checkpoint
        self._next()

    # Talking ------------------------------------------------------------------------------------

    @on(Input.Submitted, "#prompt")
    def _submitted(self, event: Input.Submitted) -> None:
        event.input.clear()
        remark = WAITING if self.talker.conversation is None else LATER if self._busy else ""
        view = self.query_one(ConversationView).add(normalise(event.value), waiting=remark)
        view.add_class("-waiting")
        self._waiting.append(view)
        self._next()

    def _next(self) -> None:
        """The next job of the talk, where none is under way."""
        if self._busy:
            return
        if self._newer is not None:
            checkpoint, self._newer = self._newer, None
            self._work(partial(self.talker.take_over, checkpoint))
        elif self._waiting and self.talker.conversation is not None:
            view = self._waiting.pop(0)
            view.remove_class("-waiting")
            self._speak(view, partial(self.talker.say, view.prompt, self._app.settings))

    def _speak(self, view: TurnView, job: partial[None]) -> None:
        view.begin()
        self._speaking = view
        self.talker.stop.clear()
        self._work(job)

    def _work(self, job: partial[None]) -> None:
        self._busy = True
        self._expect()
        self.run_worker(job, thread=True, group="talk", exit_on_error=False)

    def on_told(self, message: Told) -> None:
        if self._speaking is not None:
            self._speaking.append(message.word)

    def on_talk_over(self, message: TalkOver) -> None:
        self._busy, self._speaking = False, None
        self._turns, self._in_joke = len(message.turns), message.in_joke
        self.query_one(ConversationView).settle(message.turns)
        self._expect()
        self._next()

    def _expect(self) -> None:
        speaking = self._speaking is not None
        self.query_one(Prompt).expect(in_joke=self._in_joke, speaking=speaking)
        self.refresh_bindings()

    def action_stop_answer(self) -> None:
        self.talker.stop.set()

    def action_new_joke(self) -> None:
        self._work(partial(self.talker.new_joke))

    def action_new_chat(self) -> None:
        self._work(partial(self.talker.new_chat))

    def action_rewind(self) -> None:
        self._work(partial(self.talker.rewind))

    def action_regenerate(self) -> None:
        spoken = self.query_one(ConversationView).turns[: self._turns]
        self._speak(spoken[-1], partial(self.talker.regenerate, self._app.settings))

    # Training -----------------------------------------------------------------------------------

    def action_train(self) -> None:
        from jokebox.corpora import list_corpora
        from jokebox.library import Library

        corpora = [corpus.name for corpus in list_corpora() if corpus.kind != "not fetched"]
        models = [entry.name for entry in Library().entries()]
        self.app.push_screen(TrainDialog(corpora, models), self._train)

    def _train(self, request: Request | None) -> None:
        if request is not None:
            self.post_message(TrainWanted(request))

    def action_stop_training(self) -> None:
        self.query_one(TrainingPanel).stopping()
        self.post_message(StopWanted())

    def action_resume(self) -> None:
        from jokebox.run import Request

        self.post_message(TrainWanted(Request(model=self.resumable, resume=True)))

    def action_keep(self) -> None:
        assert self.keepable is not None
        self.post_message(KeepWanted(self.keepable))

    def action_models(self) -> None:
        from jokebox.library import Library

        self.app.push_screen(ModelPicker(Library().entries()), self._open)

    def _open(self, name: str | None) -> None:
        if name is not None:
            self.post_message(OpenWanted(name))

    def action_toggle_panel(self) -> None:
        self.query_one(TrainingPanel).toggle()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen([*self.BINDINGS, *self.app.BINDINGS]))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer and the palette show what can be done now."""
        idle = not self._busy
        possible = {
            "stop_answer": self._speaking is not None,
            "new_joke": idle and self._in_joke,
            "new_chat": idle and self._turns > 0,
            "regenerate": idle and self._turns > 0,
            "rewind": idle and self._turns > 0,
            "stop_training": self.training,
            "resume": not self.training and self.resumable is not None,
            "keep": not self.training and self.keepable is not None,
            "models": not self.training,
        }
        return possible.get(action, True)
