"""The main screen: the talk, the panel beside it, and the way to every dialog."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size
from textual.reactive import var
from textual.screen import Screen
from textual.widgets import OptionList, Static

from jokebox.errors import JokeboxError
from jokebox.formatting import compared, described, with_own_keys
from jokebox.tui.chat import Chat
from jokebox.tui.keys import bind
from jokebox.tui.messages import (
    ChoicesReady,
    InsideReady,
    KeepRun,
    OpenModel,
    PauseRun,
    ShowPanel,
    StartRun,
    StopRun,
    TalkChanged,
    TalkEvent,
    TypeWord,
)
from jokebox.tui.screens.dialog import Dialog, TaskFailed
from jokebox.tui.trainer import RunState
from jokebox.tui.widgets.conversation import ConversationView
from jokebox.tui.widgets.key_bar import KeyBar
from jokebox.tui.widgets.tips import Tips

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.events import Ended, Evaluated, Event, Progress, Started
    from jokebox.settings import Settings
    from jokebox.talk.archive import StoredTalk
    from jokebox.talk.turns import Turn
    from jokebox.train.request import Request
    from jokebox.tui.screens.replay import ReplayScreen
    from jokebox.tui.widgets.learning_panel import LearningPanel
    from jokebox.tui.widgets.lens_panel import LensPanel
    from jokebox.tui.widgets.lesson import Lesson
    from jokebox.tui.widgets.manner_panel import MannerPanel
    from jokebox.tui.widgets.why_panel import WhyPanel
    from jokebox.tui.widgets.word_panel import WordPanel

TOO_SMALL = "jokebox needs 60x16"
WIDE = 100  # columns, from which the learning panel is open at the start
# by their actions, the most wanted first: the key bar shows those that work and have room
KEYS_OF_THE_MOMENT = (
    *("stop_answer", "leave_talk", "leave_panel"),
    *("stop_training", "pause", "go_on"),
    *("turn_type", "turn_undo", "turn_edit", "turn_after", "turn_again", "turn_mark", "turn_copy"),
    *("turn_go_on", "turn_branch", "turn_source"),
    *("resume", "keep"),
    *("again", "mark", "rewind", "new_joke", "new_chat", "write"),
    *("word", "learning", "manner", "train", "models", "help"),
)


class MainScreen(Screen[None]):
    """Pass data down and messages up: the app trains and loads, the chat talks, this shows.

    Dialogs and panels that are not needed for the first frame are imported when they are opened.
    """

    BINDINGS = [
        bind("ctrl+r", "train", "Train", "Train a model, anew or from another one"),
        bind("ctrl+t", "stop_training", "Stop run", "Stop training; the best so far is kept"),
        bind("ctrl+t", "resume", "Resume", "Continue the stopped run"),
        bind("ctrl+s", "pause", "Pause", "Pause the run"),
        bind("ctrl+s", "unpause", "Continue", "Let the paused run continue", id="go_on"),
        # priority: in the prompt the key would delete the rest of the line
        bind("ctrl+k", "keep", "Keep", "Let the stopped run replace its model", priority=True),
        bind("escape", "leave_panel", "Prompt", "Back to the prompt"),
        bind("f1", "help", "Help", "Every panel in plain words, and the keys"),
        bind("f2", "models", "Models", "Open another model, see how it learnt, export it"),
        # priority: in the prompt the key would delete a letter, as del does
        bind("ctrl+d", "corpora", "Corpora", "See, add, fetch jokes to learn from", priority=True),
        bind("f3", "replay", "Replay", "How it learnt, as a film: then and now, step by step"),
        bind("ctrl+l", "show('learning')", "Learning", "Show or hide how it learns", id="learning"),
        bind("f4", "manner", "Manner", "How it talks: temperature, drafts, pace, seed"),
        bind("f5", "talks", "Talks", "Continue an earlier talk, search, rename, export"),
        bind("f6", "favourites", "Favourites", "The jokes you liked: copy them, export them"),
        bind("f7", "show('word')", "Why", "Why this word: how sure the model was", id="word"),
        # priority: in the prompt the key would go to its beginning, as home does
        bind("ctrl+a", "guess", "Guess", "A game: bet on the next word", priority=True),
        bind("f8", "show('lens')", "Lens", "Inside the LSTM: its units and gates", id="state"),
        bind("f9", "tips", "Tips", "A tour of four short tips"),
    ]

    # in the palette, without keys of their own: names, what they do, and their actions
    COMMANDS_BY_NAME = (
        ("Compare", "Two models, snapshots or manners answer the same prompt", "compare"),
        ("Curves", "The curves of several models over one another, and what good is", "curves"),
        ("Share", "A page of this talk and its model, the curves, or a card of the joke", "share"),
        ("Prompts", "Find a prompt that you typed before, and use it again", "prompts"),
    )

    side: var[str] = var("", init=False)  # the id of the panel beside the talk
    run_state: var[RunState] = var(RunState(), init=False, bindings=True)

    def __init__(self, settings: Settings, own_keys: Mapping[str, str]) -> None:
        super().__init__()
        self._own_keys = own_keys
        self._settings = settings  # that the panels begin with
        self.chat = Chat(settings, own_keys)
        self._lens: LensPanel | None = None  # once it was opened
        self.lesson: Lesson | None = None
        self._before_lesson: str | None = None  # the model that a run of the lesson has replaced
        self._replay: ReplayScreen | None = None
        self.learnt: Checkpoint | None = None  # what the panel shows: a model, or the run as it is
        self._progress: Progress | None = None  # of this run
        self.ready = asyncio.Event()  # set when the prompt takes keys
        self.furnished = False  # whether the panels are there

    @cached_property
    def learning(self) -> LearningPanel:
        """The panel that shows how the model learns."""
        from jokebox.tui.widgets.learning_panel import LearningPanel

        return LearningPanel()

    @cached_property
    def words(self) -> WordPanel:
        """The panel that shows why a word came, and the manner."""
        from jokebox.tui.widgets.word_panel import WordPanel

        return WordPanel(self._settings)

    def compose(self) -> ComposeResult:
        yield Static("jokebox", id="status", markup=False)
        with Container(id="body"):
            yield Static(id="beside", classes="side")
            yield self.chat
        yield Static(TOO_SMALL, id="too-small", markup=False)
        yield KeyBar(KEYS_OF_THE_MOMENT, "command_palette")

    def on_mount(self) -> None:
        self.set_focus(self.chat.prompt)  # at once: Widget.focus() would wait behind typed keys
        self.ready.set()
        self.query_one("#beside").display = self.app.size.width >= WIDE

    async def furnish(self) -> None:
        """Mount the panels, which the first frame does without, in the place that it left them.

        So are the styles of dialogs: if a dialog brought them, all would be applied again.
        """
        self.app.stylesheet.read(Dialog.CSS_PATH)
        wide = self.app.size.width >= WIDE
        self.learning.display, self.words.display = wide, False
        with self.app.batch_update():
            await self.query_one("#body").mount(self.learning, self.words, before=self.chat)
            await self.query_one("#beside").remove()
        self.furnished = True
        self.side = "learning" if wide else ""
        self.refresh_bindings()

    def direct(self, key: events.Key) -> None:
        """Let the prompt have what is typed in the talk or a list, unless it is a key of these.

        All keys pass here in their order before any widget has one: so none overtakes another.
        """
        if self.furnished:
            self.learning.key_pressed()
        listed = isinstance(self.focused, OptionList)  # of a panel: it takes no letters
        if (self.chat.view.has_focus or listed) and key.is_printable:
            active = self.active_bindings.get(key.key)
            if active is None or not active.enabled:
                self.set_focus(self.chat.prompt)

    def expect_size(self, size: Size) -> None:
        """Take the classes of this size before styles are read: later all would be read again."""
        for length, breakpoints in (
            (size.width, self.app.HORIZONTAL_BREAKPOINTS),
            (size.height, self.app.VERTICAL_BREAKPOINTS),
        ):
            for name in self._get_breakpoint_classes(length, breakpoints or []):
                self.set_class(True, name, update=False)

    # Data from the app ----------------------------------------------------------------------------

    def show_status(self, text: str) -> None:
        """Show this beside the program's name."""
        self.query_one("#status", Static).update(
            Content.assemble(
                ("jokebox", "bold $primary"), f"  {with_own_keys(text, self._own_keys)}"
            )
        )

    def show_event(self, event: Event) -> None:
        """Show an event of a run; its newer weights take over between turns."""
        from jokebox.lm.events import Ended, Evaluated, Progress, Started

        self.learning.show_event(event)
        if self.lesson is not None and isinstance(event, Ended):
            self.lesson.end_run()
        if isinstance(event, Started | Evaluated | Ended):
            self.learnt = _learnt(event, self.learnt)
        if isinstance(event, Started | Progress):
            self._progress = event if isinstance(event, Progress) else None
        if self._replay is not None:
            self._replay.show_event(event)
        if isinstance(event, Evaluated | Ended) and event.checkpoint:
            self.chat.take_over(event.checkpoint)

    def watch_run_state(self, before: RunState, now: RunState) -> None:
        """Show that a run is paused; on a small screen its panel comes and goes with it."""
        if now.training:
            self.learning.pause(now.paused)
        if self._replay is not None:
            self._replay.show_run(training=now.training, paused=now.paused)
        if now.training and not before.training:
            self.side = "learning"
        over = before.training and not now.training
        if over and self.side == "learning" and self.app.size.width < WIDE:
            self.side = ""

    # The panels -----------------------------------------------------------------------------------

    def watch_side(self) -> None:
        if self.side == "word":
            self.words.open_manner()
        self._open_lens()
        for panel in self.query(".side"):
            panel.display = panel.id == self.side
        self._show_lesson_panel()
        self.chat.view.shaded = self.side == "word"
        self.chat.view.report_cursor()

    def action_show(self, panel: str) -> None:
        """Show a panel, or hide it; why a word came takes the place of the game."""
        guessing, self.words.guessing = self.words.guessing, False
        self.side = "" if self.side == panel and not (panel == "word" and guessing) else panel

    def action_leave_panel(self) -> None:
        self.chat.prompt.focus()

    def action_manner(self) -> None:
        """Take the user to the manner, below the words that it decides about, or hide both."""
        manner = self.words.open_manner()
        self.side = "" if self.side == "word" and manner.has_focus_within else "word"
        if self.side:
            manner.call_later(manner.enter)  # in its own turn: it may not be composed yet
        else:
            self.chat.prompt.focus()

    def action_guess(self) -> None:
        """Let the user bet on the next word, or go back to why one came."""
        if self.side == "word" and self.words.guessing:
            self.words.guessing = False
            self.chat.prompt.focus()
            return
        self.side, self.words.guessing = "word", True
        talker = self.chat.talker
        self.words.guess.play(talker.checkpoint, talker.settings)

    def on_show_panel(self, message: ShowPanel) -> None:
        self.side = message.panel

    def on_type_word(self, message: TypeWord) -> None:
        self.words.why.type()

    def on_manner_panel_changed(self, message: MannerPanel.Changed) -> None:
        self.words.follow(message.settings)

    def on_talk_event(self, message: TalkEvent) -> None:
        if self.lesson is not None:
            talker = self.chat.talker
            self.lesson.note(message.event, talker.settings, talker.model)
        view = next((view for view in self.chat.view.turns if view.is_answering), None)
        if self._lens is not None and self.side == "lens":
            tint = self._lens.show_event(message.event, view.tint if view else None)
            if view is not None:  # it is None if the answer has ended meanwhile
                view.tint = tint

    def action_tips(self) -> None:
        """Show the next tip, or go on with the lesson."""
        if self.lesson is not None:
            self.lesson.next()
        else:
            self.query_one(Tips).next()

    # The lesson -----------------------------------------------------------------------------------

    def begin_lesson(self, step: int) -> None:
        """Show a step of the lesson above the prompt, until the lesson is over."""
        from jokebox.tui.widgets.lesson import Lesson

        self.query_one(Tips).at = None
        if self.lesson is None:
            self.lesson = Lesson(step, self._own_keys)
            self.chat.mount(self.lesson, before="#prompt")
            self._show_lesson_panel()

    def _show_lesson_panel(self) -> None:
        if self.lesson is not None:
            self.lesson.set_class(bool(self.side), "-beside")
            self.lesson.open_panel(self.side)

    def on_lesson_run_wanted(self, message: Lesson.RunWanted) -> None:
        """Start a run of the lesson; afterwards the model of now comes back."""
        if self.run_state.training:
            self.notify("A run is under way. Stop it first with ctrl+t, or wait for its end.")
            return
        from jokebox.train.lesson_runs import lesson_run

        self._before_lesson = self.chat.talker.model or None
        try:
            request = lesson_run(message.run)
        except OSError as error:
            self.post_message(TaskFailed(error))
            return
        assert self.lesson is not None, "it asks for the run"
        self.lesson.run_begun = True
        self.post_message(StartRun(request))

    def on_lesson_moved(self, message: Lesson.Moved) -> None:
        if self._before_lesson is not None:
            if self.run_state.training:
                self.post_message(StopRun())
            self.post_message(OpenModel(self._before_lesson))
            self._before_lesson = None
        if message.step is None:
            self.leave_lesson()
        else:
            self._show_lesson_panel()

    def leave_lesson(self) -> None:
        """Take the lesson off the screen."""
        if self.lesson is not None:
            self.lesson.remove()
            self.lesson = None

    # Inside the LSTM ------------------------------------------------------------------------------

    def _open_lens(self) -> None:
        """Open the lens or close it: its colours go, and what it is looking for is not found."""
        if self.side == "lens":
            from jokebox.tui.widgets.lens_panel import LensPanel  # imports NumPy: takes its time

            if self._lens is None:
                self._lens = LensPanel()
                self.query_one("#body").mount(self._lens, before=self.chat)
            self._lens.call_after_refresh(self._look_inside)
        elif self._lens is not None:
            self._lens.close()
            for view in self.chat.view.turns:
                view.tint = None

    def _look_inside(self) -> None:
        """Ask what the LSTM remembers at each word, and what it does at the one at the cursor."""
        if self._lens is None or self.side != "lens":
            return
        if not self.chat.agenda.has_model:
            self._lens.open(None)
            return
        self._lens.open(self.chat.talker.generator)
        view = self.chat.view.selected
        at = None if view is None or view.place is None else view.turn
        self.chat.look_inside(at, view.place or 0 if view else 0)

    def on_talk_changed(self, message: TalkChanged) -> None:
        talker = self.chat.talker
        if self._lens is None or self.side != "lens" or talker.conversation is None:
            return
        if not self._lens.has_read(talker.generator, message.turns):
            self._look_inside()

    def on_inside_ready(self, message: InsideReady) -> None:
        if self._lens is not None and self.side == "lens":
            words = message.turn.words[message.place : message.place + 1] if message.turn else ()
            word = "".join(word.text for word in words)
            self._lens.traces = message.traces
            self._lens.show_word(word, message.step, message.copied)
            if self._is_at(message.turn, message.place):
                self.chat.view.mark_source(message.copied)
            self.on_lens_panel_unit_changed()

    def on_lens_panel_unit_changed(self) -> None:
        if self._lens is not None and self.side == "lens":
            for view in self.chat.view.turns:
                if view.turn is not None and not view.is_answering:
                    view.tint = self._lens.tint(view.turn)

    def on_lens_panel_failed(self, message: LensPanel.Failed) -> None:
        self.post_message(TaskFailed(message.error))

    # Why this word --------------------------------------------------------------------------------

    def on_conversation_view_cursor_moved(self, message: ConversationView.CursorMoved) -> None:
        if self.side == "lens":
            self._look_inside()
        if message.turn is None or message.place is None:
            self.words.why.clear()
        elif self.side == "word":
            self.words.why.wait()
            self.chat.find_choices(message.turn, message.place)

    def on_choices_ready(self, message: ChoicesReady) -> None:
        if self.lesson is not None and message.place < len(message.turn.words):
            self.lesson.look(message.turn.words[message.place].bits)
        if self._is_at(message.turn, message.place):
            self.words.why.show(message.turn, message.place, message.choices, message.copied)
            self.chat.view.mark_source(message.copied)

    def _is_at(self, turn: Turn | None, place: int) -> bool:
        """Return whether the cursor is still on this word."""
        view = self.chat.view.selected
        return view is not None and (view.turn, view.place) == (turn, place)

    def on_conversation_view_choice_requested(
        self, message: ConversationView.ChoiceRequested
    ) -> None:
        self.words.why.choose(message.number)

    def on_why_panel_word_chosen(self, message: WhyPanel.WordChosen) -> None:
        self.chat.choose_word(message.text)

    # Talks and favourites -------------------------------------------------------------------------

    def action_talks(self) -> None:
        from jokebox.tui.screens.talks import TalksScreen

        archive = self.chat.talker.archive
        self.app.push_screen(TalksScreen(archive, self._load_model), self._reopen)

    def _reopen(self, talk: StoredTalk | None) -> None:
        """Continue a talk, and open the model that it was with, if it is still there."""
        if talk is None:
            return
        from jokebox.library import Library

        self.chat.reopen(talk.name)
        there = any(model.name == talk.model for model in Library().models())
        if there and not self.run_state.training and talk.model != self.chat.talker.model:
            self.post_message(OpenModel(talk.model))

    def action_favourites(self) -> None:
        from jokebox.talk.favourites import Favourites
        from jokebox.tui.screens.favourites import FavouritesScreen

        closed = self.chat.view.load_favourites
        self.app.push_screen(FavouritesScreen(Favourites()), lambda _: closed())

    def action_share(self) -> None:
        """Ask for a file, and write this talk and its model to it, for others."""
        from jokebox.talk.exports import file_name
        from jokebox.tui.screens.export import ask_and_export, sharing

        talker, turns = self.chat.talker, self.chat.turns
        recorder, model = talker.archive.recorder, talker.model
        talks = [recorder.name] if recorder is not None and turns else []
        write = sharing(talks, [model], talker.archive, self._load_model)
        cards = (".svg", ".png") if talks else ()
        proposed = file_name(turns[0].joke if turns else model)
        ask_and_export(self, f"{proposed}.html", (".html", ".csv", *cards), write)

    def _load_model(self, name: str) -> Checkpoint:
        """Return the model that talks, as it is now, or another one."""
        from jokebox.library import Library

        talks = self.chat.talker.checkpoint
        return talks if name == talks.name else Library().load(name)

    # Training -------------------------------------------------------------------------------------

    def action_train(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.train_dialog import TrainDialog

        models = {model.name: model for model in Library().models()}
        self.app.push_screen(TrainDialog(models), self._train)

    def _train(self, request: Request | None) -> None:
        if request is not None:
            self.post_message(StartRun(request))

    def action_stop_training(self) -> None:
        self.learning.show_stopping()
        self.post_message(StopRun())

    def action_pause(self) -> None:
        self.post_message(PauseRun(True))

    def action_unpause(self) -> None:
        self.post_message(PauseRun(False))

    def action_resume(self) -> None:
        from jokebox.train.request import Request

        self.post_message(StartRun(Request(model=self.run_state.resumable, resume=True)))

    def action_keep(self) -> None:
        """Ask whether the stopped run should replace its model, with both scores."""
        from jokebox.library import MODEL, RUN, Library
        from jokebox.tui.screens.confirm import ConfirmScreen

        name = self.run_state.keepable
        assert name is not None, "the action is off if nothing can be kept"
        library = Library()
        try:
            run, model = library.describe(name, RUN), library.describe(name, MODEL)
        except JokeboxError as error:
            self.post_message(TaskFailed(error))
            return
        question = (
            f"Let the stopped run ({described(run)}) replace {name} ({described(model)})?"
            f" {compared(run, model)} Models (f2) can bring the model of now back."
        )

        def keep(sure: bool | None) -> None:
            if sure:
                self.post_message(KeepRun(name))

        self.app.push_screen(ConfirmScreen(question, "Replace it"), keep)

    # Looking back ---------------------------------------------------------------------------------

    def action_replay(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.replay import ReplayScreen

        settings, run = self.chat.talker.settings, self.run_state
        self._replay = ReplayScreen(
            Library(), self.learnt, settings.manner, progress=self._progress
        )
        self._replay.show_run(training=run.training, paused=run.paused)

        def closed(_: None) -> None:
            self._replay = None

        self.app.push_screen(self._replay, closed)
        if self.lesson is not None:
            self.lesson.open_panel("replay")

    def action_compare(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.compare import CompareScreen

        name = self.learnt.name if self.learnt else None
        sides = ((name, None), (None, None))
        self.app.push_screen(CompareScreen(Library(), self.chat.talker.settings.manner, sides))

    def action_curves(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.curves import CurvesScreen

        self.app.push_screen(CurvesScreen(Library()))

    # Other dialogs --------------------------------------------------------------------------------

    def action_models(self) -> None:
        from jokebox.library import Library
        from jokebox.tui.screens.models import ModelsScreen

        self.app.push_screen(ModelsScreen(Library(), self.chat.talker.settings.manner), self._open)

    def _open(self, name: str | None) -> None:
        if name is not None:
            self.post_message(OpenModel(name))

    def action_prompts(self) -> None:
        from jokebox.tui.screens.prompts import PromptsScreen

        self.app.push_screen(PromptsScreen(self.chat.prompt.earlier), self._use_prompt)

    def _use_prompt(self, prompt: str | None) -> None:
        if prompt is not None:
            self.chat.prompt.use(prompt)
            self.chat.prompt.focus()

    def action_corpora(self) -> None:
        from jokebox.tui.screens.corpora import CorporaScreen

        self.app.push_screen(CorporaScreen())

    def show_jokes(self) -> None:
        """Show what the model that talks has read."""
        from jokebox.tui.screens.reading import ReadingScreen

        model = self.chat.talker.checkpoint
        title = f"What {model.name} learnt from"
        self.app.push_screen(ReadingScreen(title, lambda: model.corpus.learnt))

    def action_help(self) -> None:
        from jokebox.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self, self._own_keys))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether the action is possible now: the key bar and the palette show it then."""
        run = self.run_state
        possible = {
            "show": self.furnished,
            "manner": self.furnished,
            "talks": self.is_mounted and self.chat.idle,
            "share": self.is_mounted and self.chat.idle,
            "leave_panel": self.is_mounted and not self.chat.has_focus_within,
            "stop_training": run.training,
            "pause": run.training and not run.paused,
            "unpause": run.paused,
            "resume": not run.training and run.resumable is not None,
            "keep": not run.training and run.keepable is not None,
            "models": not run.training,
            "guess": self.furnished and self.chat.agenda.has_model,
        }
        return possible.get(action, True)


def _learnt(event: Started | Evaluated | Ended, before: Checkpoint | None) -> Checkpoint | None:
    """Return the model as a run has it after `event`; None if it has none yet."""
    from jokebox.lm.events import Started

    if not isinstance(event, Started):
        return event.checkpoint
    from jokebox.tui.screens.replay import of_same_run

    return of_same_run(before, event.history)
