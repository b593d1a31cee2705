"""The screen: the talk, and beside it what is learnt, why a word, or how it talks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import Static

from jokebox.lm.events import Ended, Evaluated, Event
from jokebox.tui import keepsakes
from jokebox.tui.messages import (
    KeepWanted,
    Looked,
    OpenWanted,
    PanelWanted,
    PauseWanted,
    StopWanted,
    Told,
    TrainWanted,
)
from jokebox.tui.widgets.chat import Chat
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.manner_panel import MannerPanel
from jokebox.tui.widgets.tips import Tips
from jokebox.tui.widgets.training_panel import TrainingPanel
from jokebox.tui.widgets.word_panel import WordPanel

if TYPE_CHECKING:
    from jokebox.train.request import Request
    from jokebox.tui.app import JokeboxApp
    from jokebox.tui.widgets.state_map import StateMap

TOO_SMALL = "jokebox needs 60x16"
WIDE = 100  # columns, from which the panel of what is learnt stands open


def _bind(key: str, action: str, description: str, tooltip: str, **how: Any) -> Binding:
    return Binding(key, action, description, tooltip=tooltip, **({"id": action} | how))


def _panel(key: str, panel: str, description: str, tooltip: str) -> Binding:
    return _bind(key, f"show('{panel}')", description, tooltip, id=panel)


class MainScreen(Screen[None]):
    """Messages up, data down: the app trains and loads, the chat talks, this shows.

    The dialogs are imported when they are asked for, to hold up no first frame.
    """

    BINDINGS = [
        _bind("ctrl+r", "train", "Train", "Train a model, anew or from another"),
        _bind("ctrl+t", "stop_training", "Stop run", "Stop learning; the best so far is kept"),
        _bind("ctrl+t", "resume", "Resume", "Go on with the stopped run"),
        _bind("ctrl+s", "pause", "Pause", "Hold the run for a while"),
        _bind("ctrl+s", "go_on", "Go on", "Let the held run go on"),
        _bind("ctrl+l", "keep", "Keep", "Let the stopped run take its model's place"),
        _bind("f1", "help", "Help", "Every panel in plain words, and the keys"),
        _bind("f2", "models", "Models", "Talk to another model, see how it learnt, export it"),
        _bind(
            "shift+f2", "corpora", "Jokes", "See, add, fetch jokes to learn from", key_display="⇧f2"
        ),
        _panel("f3", "learning", "Learning", "Show or hide how the model learnt"),
        _panel("f4", "manner", "Manner", "How it talks: temperature, pace, seed"),
        _bind("f5", "talks", "Talks", "Go on with an earlier talk, search, rename, export"),
        _bind("f6", "favourites", "Marked", "The jokes you marked: copy them, export them"),
        _panel("f7", "word", "Why", "Shade each word by how sure the model was, and see why"),
        _bind("f8", "state", "State", "Show or hide its memory, live"),
        _bind("f9", "tips", "Tips", "A tour of four short tips"),
    ]

    side: var[str] = var("", init=False)  # the panel that shows beside the talk

    def __init__(self) -> None:
        super().__init__()
        self._state_map: StateMap | None = None
        self.training = False
        self.resumable: str | None = None  # the model whose stopped run can go on
        self.keepable: str | None = None  # the model whose place it can take

    def compose(self) -> ComposeResult:
        yield Static("jokebox", id="status", markup=False)
        with Container(id="body"):
            yield TrainingPanel()
            yield WordPanel()
            yield Chat(self._app.settings)
        yield Static(TOO_SMALL, id="too-small", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        self.chat = self.query_one(Chat)
        self.watch_side()
        if self.app.size.width >= WIDE:
            self.side = "learning"

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
            self.chat.take_over(event.checkpoint)

    def set_training(self, training: bool) -> None:
        """A run has begun or is over: where there is little room, its panel comes and goes."""
        self.training = training
        if training:
            self.side = "learning"
        elif self.side == "learning" and self.app.size.width < WIDE:
            self.side = ""
        self.refresh_bindings()

    def watch_side(self) -> None:
        if self.side == "manner" and not self.query(MannerPanel):
            # its many fields would hold up the first frame
            self.query_one("#body").mount(MannerPanel(self._app.settings), before=self.chat)
        for panel in self.query(".side"):
            panel.display = panel.id == self.side
        view = self.query_one(ConversationView)
        view.shaded = self.side == "word"
        view.tell_place()

    # The panels -----------------------------------------------------------------------------------

    def action_show(self, panel: str) -> None:
        self.side = "" if self.side == panel else panel

    def action_state(self) -> None:
        from jokebox.tui.widgets.state_map import StateMap  # needs NumPy, which takes its time

        if self._state_map is None:
            self._state_map = StateMap()
            self.chat.mount(self._state_map, before="#prompt")
        else:
            self._state_map.remove()
            self._state_map = None

    def on_told(self, message: Told) -> None:
        if self._state_map is not None:
            self._state_map.show(message.hidden)

    def action_tips(self) -> None:
        self.query_one(Tips).next()

    def on_panel_wanted(self, message: PanelWanted) -> None:
        self.side = message.panel

    def on_looked(self, message: Looked) -> None:
        self.query_one(WordPanel).look(message.turn, message.place, message.choices)

    def on_conversation_view_moved(self, message: ConversationView.Moved) -> None:
        if message.turn is None or message.place is None:
            self.query_one(WordPanel).clear()
        elif self.side == "word":
            self.query_one(WordPanel).wait()
            self.chat.look(message.turn, message.place)

    def on_conversation_view_chosen(self, message: ConversationView.Chosen) -> None:
        self.query_one(WordPanel).choose(message.number)

    def on_word_panel_taken(self, message: WordPanel.Taken) -> None:
        self.chat.take(message.text)

    # What is kept ---------------------------------------------------------------------------------

    def action_talks(self) -> None:
        keepsakes.show_talks(self)

    def action_favourites(self) -> None:
        keepsakes.show_favourites(self)

    # Training -----------------------------------------------------------------------------------

    def action_train(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.train_dialog import TrainDialog

        models = {entry.name: entry for entry in Library().models()}
        self.app.push_screen(TrainDialog(models), self._train)

    def _train(self, request: Request | None) -> None:
        if request is not None:
            self.post_message(TrainWanted(request))

    def action_stop_training(self) -> None:
        self.query_one(TrainingPanel).stopping()
        self.post_message(StopWanted())

    def action_pause(self) -> None:
        self._pause(True)

    def action_go_on(self) -> None:
        self._pause(False)

    def _pause(self, paused: bool) -> None:
        self.query_one(TrainingPanel).pause(paused)
        self.refresh_bindings()
        self.post_message(PauseWanted(paused))

    def action_resume(self) -> None:
        from jokebox.train.request import Request

        self.post_message(TrainWanted(Request(model=self.resumable, resume=True)))

    def action_keep(self) -> None:
        assert self.keepable is not None
        self.post_message(KeepWanted(self.keepable))

    def action_models(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.models import ModelsScreen

        self.app.push_screen(ModelsScreen(Library()), self._open)

    def _open(self, name: str | None) -> None:
        if name is not None:
            self.post_message(OpenWanted(name))

    def action_corpora(self) -> None:
        from jokebox.tui.screens.corpora import CorporaScreen

        self.app.push_screen(CorporaScreen())

    def action_help(self) -> None:
        from jokebox.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The footer and the palette show what can be done now."""
        idle = self.is_mounted and self.chat.idle
        paused = self.training and self.query_one(TrainingPanel).paused
        possible = {
            "talks": idle,
            "stop_training": self.training,
            "pause": self.training and not paused,
            "go_on": paused,
            "resume": not self.training and self.resumable is not None,
            "keep": not self.training and self.keepable is not None,
            "models": not self.training,
        }
        return possible.get(action, True)
