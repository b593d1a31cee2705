"""The app: models in and out, settings, signals, errors and the palette."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import signal
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual._context import active_message_pump
from textual.app import App, ScreenStackError, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import MountError, Widget
from textual.worker import WorkerFailed

from jokebox import paths
from jokebox.errors import JokeboxError, SettingsError, StoppedError, too_little_memory
from jokebox.formatting import rolled_back, training_state, with_own_keys
from jokebox.logs import log_to_file
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.tui.driver import TerminalDriver
from jokebox.tui.keymap import own_keys, problems
from jokebox.tui.main_screen import MainScreen
from jokebox.tui.messages import (
    KeepRun,
    ModelOpened,
    OpenModel,
    PauseRun,
    RunEvent,
    RunExited,
    StartRun,
    StopRun,
)
from jokebox.tui.palette import Commands, Palette
from jokebox.tui.screens.dialog import TaskFailed
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.themes import DARK, LIGHT
from jokebox.tui.trainer import Run, RunState, Trainer

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.events import Ended, Event
    from jokebox.train.request import Request
    from jokebox.tui.screens.models import ModelsScreen
    from jokebox.tui.screens.replay import ReplayScreen
    from jokebox.tui.widgets.lesson import Lesson
    from jokebox.tui.widgets.manner_panel import MannerPanel

log = logging.getLogger(__name__)
GONE = (NoMatches, MountError, ScreenStackError)
LONG = 60.0  # seconds of training after which the user may have looked away
# importing the plotting library would hold up the first words
CHART_AFTER, CHART_BEFORE = 0.6, 4.0  # seconds from the first frame


class JokeboxApp(App[None]):
    """Open at once; all that takes time is done by workers that only post messages."""

    TITLE = "jokebox"
    CSS_PATH = "jokebox.tcss"
    COMMANDS = {Commands}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [
        (0, "-tiny"),
        (16, "-low"),
        (24, "-short"),
        (30, "-tall"),
        (40, "-high"),
    ]
    BINDINGS = [
        Binding("ctrl+p", "command_palette", "More", tooltip="Find anything that can be done"),
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave; a run under way is saved", priority=True),
        Binding(
            "ctrl+z",
            "suspend_process",
            "Suspend",
            tooltip="Back to the shell; fg continues",
            show=False,
            priority=True,
        ),
    ]

    def __init__(
        self, model: str | None = None, *, lesson: bool = False, run: Run | None = None
    ) -> None:
        super().__init__()
        self._wanted, self._lesson = model, lesson
        self.trainer = Trainer(self.post_message, self._show_run, run)
        self._settings_error: SettingsError | None = None
        try:
            self.settings = load_settings()
        except SettingsError as error:
            self.settings, self._settings_error = Settings(), error
        self._take_theme()
        self._own_keys = own_keys(self.settings.keys)
        self.main = MainScreen(self.settings, self._own_keys)

    def _take_theme(self) -> None:
        """Take the theme of the settings before styles are read: later all would be read again."""
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        known = self.settings.theme in self.available_themes
        self.set_reactive(JokeboxApp.theme, self.settings.theme if known else DARK.name)
        self.stylesheet.set_variables(self.get_css_variables())
        dark = self.current_theme.dark
        self.set_class(dark, "-dark-mode", update=False)
        self.set_class(not dark, "-light-mode", update=False)

    def get_driver_class(self) -> type[Driver]:
        driver = super().get_driver_class()
        return TerminalDriver if driver is LinuxDriver else driver  # else one for the browser

    def get_default_screen(self) -> Screen[None]:
        self.main.expect_size(self.size)
        return self.main

    def on_load(self) -> None:
        """Leave on signals, before the terminal is set up: Textual would not restore it."""
        loop = asyncio.get_running_loop()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    async def on_mount(self) -> None:
        log_to_file()
        self.set_keymap(self.settings.keys)
        self.theme_changed_signal.subscribe(self, lambda theme: self._save(theme=theme.name))
        self.main.call_after_refresh(self._begin)  # by then all of the screen is mounted
        # keys that were typed before the first frame wait behind this: they belong to the prompt
        await self.main.ready.wait()

    async def _begin(self) -> None:
        """Do what has to wait for the first frame."""
        gc.enable()  # the command line turned it off
        if not self.is_running:  # left before it was drawn
            return
        await self.main.furnish()
        if self._settings_error:
            self.push_screen(ErrorScreen(self._settings_error))
        if not self.settings.tips_seen:
            self.main.action_tips()
            self._save(tips_seen=True)
        for problem in problems(self.settings.keys):
            self.notify(problem, title="Keys in the settings", severity="warning", markup=False)
        self._open(self._wanted, begin=True)
        if self._lesson:
            self.begin_lesson()
        self.set_timer(CHART_AFTER, partial(self._mount_chart, monotonic() + CHART_BEFORE))

    async def _mount_chart(self, latest: float) -> None:
        """Mount the chart as soon as no first word is waited for, or at the `latest` time."""
        if self.main.chat.awaits_word and monotonic() < latest:
            self.set_timer(CHART_AFTER, partial(self._mount_chart, latest))
        else:
            await self.main.learning.mount_chart()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self.screen_stack and self.screen is self.main:
            self.main.direct(event)
        await super().on_event(event)

    def on_unmount(self) -> None:
        self.trainer.stop()
        if self.main.is_mounted:
            self.main.chat.talker.stop.set()

    def notify(self, message: str, **how: Any) -> None:
        """Show a notice for some seconds, with the keys that the user has chosen."""
        super().notify(with_own_keys(message, self._own_keys), **how)

    # Settings -------------------------------------------------------------------------------------

    def on_manner_panel_changed(self, message: MannerPanel.Changed) -> None:
        from jokebox.tui.widgets.manner_panel import NUMBERS, SWITCHES

        self.main.chat.follow(message.settings)
        sampling = dataclasses.asdict(message.settings.sampling)
        named = (*NUMBERS.keys() - sampling.keys(), *SWITCHES)
        self._save(**sampling, **{name: getattr(message.settings, name) for name in named})

    def _save(self, **changes: Any) -> None:
        """Save a choice, unless the file is one that the user has to mend first."""
        settings = replace(self.settings, **changes)
        if settings == self.settings or self._settings_error:
            return
        before, self.settings = self.settings, settings
        try:
            save_settings(settings, before)
        except SettingsError as error:
            self.show_error(error)

    # Models ---------------------------------------------------------------------------------------

    def _open(self, name: str | None, *, begin: bool = False) -> None:
        """Open this model, else the last used one; with none at all, `begin` to train one."""
        job = partial(self._load, name, self.settings.model, begin=begin)
        self.run_worker(job, thread=True, group="library", exit_on_error=False)

    def _load(self, wanted: str | None, last_used: str | None, *, begin: bool) -> None:
        """Load the model to open, if there is one, in a worker."""
        from jokebox.library import Library

        library = Library()
        try:
            if wanted is None and not (library.models() or library.unusable()):
                self.post_message(ModelOpened(None, False, (), begin))
                return
            checkpoint = library.open(wanted, last_used)
            can_resume, notices = library.can_resume(checkpoint.name), tuple(library.notices)
            self.post_message(ModelOpened(checkpoint, can_resume, notices, begin))
        except Exception as error:
            if begin:  # nothing is trained in place of a model that has to be mended
                self.post_message(ModelOpened(None, False, (), begin=False))
            self.post_message(TaskFailed(error))

    def on_model_opened(self, message: ModelOpened) -> None:
        if not self.main.is_attached:  # left meanwhile
            return
        for notice in message.notices:
            self.notify(notice, severity="warning", markup=False)
        checkpoint = message.checkpoint
        if checkpoint is None:
            self._begin_without_model(train=message.begin)
            return
        self.trainer.opened(message)
        self.main.show_status(_status(checkpoint, can_resume=message.can_resume))
        self.main.learning.show_model(checkpoint)
        self.main.learnt = checkpoint
        self.main.chat.take_over(checkpoint)
        self._save(model=checkpoint.name)
        self._offer_new_jokes(checkpoint)

    def _offer_new_jokes(self, checkpoint: Checkpoint) -> None:
        """Say once that there are more bundled jokes than this model has learnt."""
        from jokebox.train.request import learnt_earlier_jokes

        if not self.settings.new_jokes_offered and learnt_earlier_jokes(checkpoint.corpus):
            self._save(new_jokes_offered=True)
            self.notify(
                "This model learnt the bundled jokes of an earlier jokebox; there are"
                f" {paths.BUNDLED_JOKES:,} now. ctrl+r learns them. This model stays until the new"
                " one has finished.",
                title="There are new jokes",
                timeout=20,
            )

    def _begin_without_model(self, *, train: bool) -> None:
        from jokebox.train.presets import FIRST
        from jokebox.train.request import Request

        if train:
            self.start(Request(preset=FIRST))
        else:
            self.main.show_status("no model yet: ctrl+r trains one")
            if not self.trainer.number:  # else the panel says how the last run ended
                self.main.learning.rest()
            self.main.chat.wait_for_training()

    # The lesson -----------------------------------------------------------------------------------

    def begin_lesson(self) -> None:
        """Begin the lesson, or go on where it was left."""
        self.main.begin_lesson(max(0, self.settings.lesson_step - 1))

    def leave_lesson(self) -> None:
        """Leave the lesson; it goes on later from the same step."""
        self.main.leave_lesson()

    def on_lesson_moved(self, message: Lesson.Moved) -> None:
        self._save(lesson_step=0 if message.step is None else message.step + 1)

    def on_open_model(self, message: OpenModel) -> None:
        self._open(message.name)

    def on_models_screen_renamed(self, message: ModelsScreen.Renamed) -> None:
        if self.settings.model == message.old:
            self._open(message.new)

    def on_models_screen_brought_back(self, message: ModelsScreen.BroughtBack) -> None:
        if self.settings.model == message.name:
            self._open(message.name)

    def on_models_screen_removed(self, message: ModelsScreen.Removed) -> None:
        self.trainer.removed(message.name)

    # Training -------------------------------------------------------------------------------------

    def _show_run(self, state: RunState) -> None:
        self.main.run_state = state

    def start(self, request: Request) -> None:
        """Start a run; one that is under way is stopped first."""
        from jokebox.lm.events import Preparing

        job = self.trainer.start(request)
        self.main.learning.show_event(Preparing("Getting ready"))
        self.main.show_status("getting ready")
        self.run_worker(job, thread=True, group="training", exit_on_error=False)

    def on_start_run(self, message: StartRun) -> None:
        self.start(message.request)

    def on_pause_run(self, message: PauseRun) -> None:
        self.trainer.pause(message.paused)

    def on_replay_screen_wanted(self, message: ReplayScreen.Wanted) -> None:
        match message.what:
            case "pause" | "unpause":
                self.trainer.pause(message.what == "pause")
            case goal:
                self.trainer.step(goal)

    def on_stop_run(self, message: StopRun) -> None:
        self.trainer.stop()

    def on_keep_run(self, message: KeepRun) -> None:
        from jokebox.library import Library

        try:
            Library().keep(message.name)
        except (JokeboxError, OSError) as error:
            self.show_error(error)
        else:
            self.trainer.kept()
            self._open(message.name)

    def on_run_event(self, message: RunEvent) -> None:
        from jokebox.lm.events import Ended, Preparing, RolledBack, Started

        if not self.trainer.is_current(message.run):
            return
        event: Event = message.event
        self.trainer.note(event)
        if isinstance(event, Preparing):
            for notice in event.notices:
                self.notify(notice, markup=False)
        elif isinstance(event, Started):
            self.main.show_status(f"learning {event.model}")
        elif isinstance(event, RolledBack):
            notice = rolled_back(event.step, event.share)
            self.notify(notice, title="Training", severity="warning", markup=False)
        elif isinstance(event, Ended):
            self._show_end(event)
        self.main.show_event(event)

    def _show_end(self, event: Ended) -> None:
        name, best = self.trainer.model, event.best_validation_bits_per_byte
        self.main.show_status(f"{name}  {event.how}" + (f", {best:.3f} bits/byte" if best else ""))
        if event.how == "failed":
            self.show_error(JokeboxError("training failed", event.reason, _see_log()))
        if event.checkpoint:
            self._save(model=name)
        if event.how == "finished" and event.checkpoint and event.checkpoint.plan.rung:
            self._offer_longer_run(event.checkpoint)
        if event.seconds >= LONG and event.how != "stopped":
            minutes = f"{event.seconds / 60:.0f} min"
            self.notify(f"{name} {event.how} after {minutes}", title="Training", markup=False)
            self.bell()

    def _offer_longer_run(self, checkpoint: Checkpoint) -> None:
        """Say what a longer run would bring, after the first one, which nobody chose."""
        from jokebox.train.past_runs import minutes_of_standard

        self.notify(
            f"ctrl+r learns longer, about {minutes_of_standard(checkpoint):.0f} minutes here, and"
            " tells better jokes.",
            title="That was a first, short run",
            timeout=20,
        )

    def on_run_exited(self, message: RunExited) -> None:
        if not self.trainer.is_current(message.run):
            return
        self.trainer.exited()
        if message.error is not None:
            self.main.learning.rest()
            if not isinstance(message.error, StoppedError):
                self.show_error(message.error)
        if not self.trainer.finished:
            self._open(None)  # a half-trained model does not stay in place of a good one

    # Errors and commands --------------------------------------------------------------------------

    def on_task_failed(self, message: TaskFailed) -> None:
        self.show_error(message.error)

    def _handle_exception(self, error: Exception) -> None:
        """End with a traceback, unless a part of the screen is being taken away.

        Its own parts go first, and what it still has to do does not find them.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if isinstance(cause, GONE) and (self._exit or _is_leaving(active_message_pump.get())):
            log.warning("while leaving: %r", error)
            return
        super()._handle_exception(error)

    def show_error(self, error: Exception) -> None:
        """Show an error in a dialog; what is not the user's to mend is logged as well."""
        if isinstance(error, OSError):
            reason = f"{error.filename or 'a file'}: {error.strerror or error}"
            error = JokeboxError("a file cannot be used", reason)
        error = too_little_memory(error) or error
        if not isinstance(error, JokeboxError):
            log.error("unexpected", exc_info=error)
            error = JokeboxError("an error inside jokebox", f"{error!r}", _see_log())
        self.push_screen(ErrorScreen(error))

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette(id="--command-palette"))  # by which Textual finds it

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Yield what has no key, and what Textual offers; the palette adds all keys."""
        if isinstance(screen, MainScreen):
            for name, what, action in screen.COMMANDS_BY_NAME:
                if screen.check_action(action, ()):
                    yield SystemCommand(name, what, partial(self.run_action, action, screen))
            yield from self._lesson_commands()
            if self.main.chat.agenda.has_model:
                what = "Its training jokes, to be read, searched and counted"
                yield SystemCommand("What it read", what, self.main.show_jokes)
        for command in super().get_system_commands(screen):
            if command.callback != self.action_show_help_panel:  # f1 explains more
                yield command

    def _lesson_commands(self) -> Iterable[SystemCommand]:
        lesson = self.main.lesson
        if lesson is None:
            what = "What a language model is, in eight short steps"
            yield SystemCommand("Lesson", what, self.begin_lesson)
        else:
            yield SystemCommand("Lesson: back", "Go to the step before", lesson.back)
            yield SystemCommand("Lesson: from the beginning", "Go to step 1", partial(lesson.go, 0))
            yield SystemCommand("Lesson: leave", "It goes on later where it was", self.leave_lesson)


def _status(checkpoint: Checkpoint, *, can_resume: bool) -> str:
    """Return a model in a line: how good it is, and what can be done about a stopped run."""
    score = checkpoint.validation_bits_per_byte
    status = checkpoint.name + ("" if score is None else f"  {score:.3f} bits/byte")
    if checkpoint.finished and not can_resume:
        return status
    keys = ": ctrl+t resumes it, ctrl+k keeps it" if checkpoint.finished else " with ctrl+t"
    return f"{status}  {training_state(checkpoint, can_resume=can_resume)}{keys * can_resume}"


def _is_leaving(pump: MessagePump) -> bool:
    return isinstance(pump, Widget) and (pump._pruning or pump._closing or not pump.is_attached)


def _see_log() -> str:
    return f"More is in {paths.log_file()}"
