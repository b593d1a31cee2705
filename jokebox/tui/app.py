"""The app: one training worker, models in and out, signals, and the palette."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen

from jokebox import paths
from jokebox.errors import JokeboxError, SettingsError
from jokebox.lm.events import Ended, Event, Preparing, Progress, Started
from jokebox.logs import log_to_file
from jokebox.settings import Settings, load_settings, save_settings
from jokebox.tui.messages import (
    Failed,
    KeepWanted,
    ModelRemoved,
    ModelRenamed,
    Opened,
    OpenWanted,
    PauseWanted,
    RunEvent,
    RunOver,
    StopWanted,
    TrainWanted,
)
from jokebox.tui.screens.error import ErrorScreen
from jokebox.tui.screens.main import MainScreen
from jokebox.tui.themes import DARK, LIGHT
from jokebox.tui.widgets.manner_panel import MannerPanel
from jokebox.tui.widgets.training_panel import TrainingPanel

if TYPE_CHECKING:
    from jokebox.library import Library
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.train.request import Request

log = logging.getLogger(__name__)
LONG = 60.0  # seconds of training after which the user may have looked away
CHART_AFTER = 0.6  # seconds: importing the plotting library would hold up the first words
NICE = 5  # steps of priority that learning stands below the screen
POLL = 0.1  # seconds between two looks of a held run at its stop event
Run = Callable[["Request", "Library", threading.Event], Iterator[Event]]


class JokeboxApp(App[None]):
    """Opens at once; all that takes time happens in workers that only post messages."""

    TITLE = "jokebox"
    CSS_PATH = "jokebox.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [
        (0, "-tiny"),
        (16, "-low"),
        (24, "-short"),
        (30, "-tall"),
        (40, "-high"),
    ]
    BINDINGS = [
        Binding("ctrl+p", "command_palette", "Palette", tooltip="Find any command by its name"),
        Binding("ctrl+q", "quit", "Quit", tooltip="Leave; a run under way is saved", priority=True),
    ]

    def __init__(self, model: str | None = None, *, run: Run | None = None) -> None:
        super().__init__()
        self._wanted = model
        self._run = run
        self._run_number = 0
        self._run_name = ""
        self._finished = False
        self._stop = threading.Event()
        self._held = threading.Event()
        self._one_run = threading.Lock()
        self._settings_broken: SettingsError | None = None
        try:
            self.settings = load_settings()
        except SettingsError as error:
            self.settings, self._settings_broken = Settings(), error

    def get_default_screen(self) -> Screen[None]:
        self.main = MainScreen()
        return self.main

    def on_mount(self) -> None:
        log_to_file()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        known = self.settings.theme in self.available_themes
        self.theme = self.settings.theme if known else DARK.name
        self.set_keymap(self.settings.keys)
        self.theme_changed_signal.subscribe(self, lambda theme: self._save(theme=theme.name))
        self._leave_on_signals()
        self.main.call_after_refresh(self._begin)  # by then all of the screen is mounted

    def _begin(self) -> None:
        """After the first frame."""
        gc.enable()  # the command line held it back
        if not self.is_running:  # left before it was drawn
            return
        if self._settings_broken:
            self.push_screen(ErrorScreen(self._settings_broken))
        if not self.settings.tips_seen:
            self.main.action_tips()
            self._save(tips_seen=True)
        self._open(self._wanted, begin=True)
        self.set_timer(CHART_AFTER, self.main.query_one(TrainingPanel).mount_chart)

    def _leave_on_signals(self) -> None:
        """Textual restores the terminal on none of these by itself."""
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                number = getattr(signal, name)
                loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    def on_unmount(self) -> None:
        self._stop.set()
        if self.main.is_mounted:
            self.main.chat.talker.stop.set()

    def on_manner_panel_changed(self, message: MannerPanel.Changed) -> None:
        self.main.chat.talker.follow(message.settings)
        named = ("words_per_second", "word_limit", "seed", "invented_words")
        sampling = dataclasses.asdict(message.settings.sampling)
        self._save(**sampling, **{name: getattr(message.settings, name) for name in named})

    def _save(self, **changes: Any) -> None:
        """Remember a choice, unless the file is one that the user has to mend first."""
        settings = replace(self.settings, **changes)
        if settings == self.settings or self._settings_broken:
            return
        self.settings = settings
        try:
            save_settings(settings)
        except SettingsError as error:
            self.show_error(error)

    # Models -------------------------------------------------------------------------------------

    def _open(self, name: str | None, *, begin: bool = False) -> None:
        """Talk to this model, else to the last used one; with none at all, `begin` to train one."""
        job = partial(self._load, name, self.settings.model, begin=begin)
        self.run_worker(job, thread=True, group="library", exit_on_error=False)

    def _load(self, wanted: str | None, last_used: str | None, *, begin: bool) -> None:
        """In a worker: the model to open, if there is one."""
        from jokebox.library import Library

        library = Library()
        try:
            if wanted is None and not library.models():
                self.post_message(Opened(None, False, (), begin))
                return
            name = library.choose(wanted, last_used)
            checkpoint = library.load(name)
            notices = tuple(library.notices)
            self.post_message(Opened(checkpoint, library.can_resume(name), notices, begin))
        except Exception as error:
            self.post_message(Failed(error))

    def on_opened(self, message: Opened) -> None:
        if not self.main.is_attached:  # left meanwhile
            return
        for notice in message.notices:
            self.notify(notice, severity="warning", markup=False)
        checkpoint = message.checkpoint
        if checkpoint is None:
            self._nobody(begin=message.begin)
            return
        name = checkpoint.name
        self.main.resumable = name if message.can_resume else None
        self.main.keepable = name if message.can_resume and checkpoint.finished else None
        self.main.show_status(_status(checkpoint, can_resume=message.can_resume))
        self.main.query_one(TrainingPanel).show_model(checkpoint)
        self.main.chat.take_over(checkpoint)
        self.main.refresh_bindings()
        self._save(model=name)

    def _nobody(self, *, begin: bool) -> None:
        """There is no model yet."""
        from jokebox.train.request import Request

        if begin:
            self.start(Request())
        else:
            self.main.show_status("nobody to talk to yet: ctrl+r trains a model")
            self.main.chat.wait_for_training()

    def on_open_wanted(self, message: OpenWanted) -> None:
        self._open(message.name)

    def on_keep_wanted(self, message: KeepWanted) -> None:
        from jokebox.library import Library

        try:
            Library().keep(message.name)
        except (JokeboxError, OSError) as error:
            self.show_error(error)
        else:
            self.main.keepable = None
            self._open(message.name)

    def on_model_renamed(self, message: ModelRenamed) -> None:
        if self.settings.model == message.old:
            self._open(message.new)

    def on_model_removed(self, message: ModelRemoved) -> None:
        if message.name in (self.main.resumable, self.main.keepable):
            self.main.resumable = self.main.keepable = None
            self.main.refresh_bindings()

    # Training -----------------------------------------------------------------------------------

    def start(self, request: Request) -> int:
        """Start a run, after the one under way has stopped; the number of the new run."""
        self._stop.set()
        self._stop = threading.Event()
        self._run_number += 1
        self._held.clear()
        self._finished = False
        self.main.resumable = self.main.keepable = None
        self.main.query_one(TrainingPanel).paused = False
        self.main.query_one(TrainingPanel).show_event(Preparing("Getting ready"))
        self.main.show_status("getting ready")
        self.main.set_training(True)
        job = partial(self._train, self._run_number, request, self._stop)
        self.run_worker(job, thread=True, group="training", exit_on_error=False)
        return self._run_number

    def _train(self, number: int, request: Request, stop: threading.Event) -> None:
        """In the training worker: all it does is pass events on."""
        error: Exception | None = None
        _make_way()
        with self._one_run:  # a cancelled worker's thread may still be running
            try:
                from jokebox.library import Library
                from jokebox.train.run import run

                events = (self._run or run)(request, Library(), stop)
                for event in events:
                    self.post_message(RunEvent(number, event))
                    # held after a progress alone, the run's clock stands still
                    while (
                        isinstance(event, Progress) and self._held.is_set() and not stop.wait(POLL)
                    ):
                        pass
            except Exception as caught:
                error = caught
            finally:
                self.post_message(RunOver(number, error))

    def on_train_wanted(self, message: TrainWanted) -> None:
        self.start(message.request)

    def on_pause_wanted(self, message: PauseWanted) -> None:
        if message.paused:
            self._held.set()
        else:
            self._held.clear()

    def on_stop_wanted(self, message: StopWanted) -> None:
        self._stop.set()

    def on_run_event(self, message: RunEvent) -> None:
        if message.run != self._run_number:
            return
        event = message.event
        if isinstance(event, Preparing):
            for notice in event.notices:
                self.notify(notice, markup=False)
        elif isinstance(event, Started):
            self._run_name = event.model
            self.main.show_status(f"learning {event.model}")
        elif isinstance(event, Ended):
            self._ended(event)
        self.main.show_event(event)

    def _ended(self, event: Ended) -> None:
        name, best = self._run_name, event.best_validation_bits_per_byte
        self._finished = event.how == "finished"
        self.main.show_status(f"{name}  {event.how}" + (f", {best:.3f} bits/byte" if best else ""))
        if event.how == "failed":
            self.show_error(JokeboxError("training failed", event.reason, _see_log()))
        if event.checkpoint:
            self._save(model=name)
        if event.seconds >= LONG and event.how != "stopped":
            minutes = f"{event.seconds / 60:.0f} min"
            self.notify(f"{name} {event.how} after {minutes}", title="Training", markup=False)
            self.bell()

    def on_run_over(self, message: RunOver) -> None:
        if message.run != self._run_number:
            return
        self.main.set_training(False)
        if message.error is not None:
            self.main.query_one(TrainingPanel).rest()
            self.show_error(message.error)
        if not self._finished:
            self._open(None)  # a good model is never left for a worse moment

    # Errors and commands ------------------------------------------------------------------------

    def on_failed(self, message: Failed) -> None:
        self.show_error(message.error)

    def show_error(self, error: Exception) -> None:
        if not isinstance(error, JokeboxError):
            log.error("unexpected", exc_info=error)
            error = JokeboxError("an error inside jokebox", f"{error!r}", _see_log())
        self.push_screen(ErrorScreen(error))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key that works now, and what Textual offers."""
        if isinstance(screen, MainScreen):
            for node, binding, enabled, tooltip in screen.active_bindings.values():
                if enabled and binding.id and tooltip:
                    run = partial(self.run_action, binding.action, node)
                    yield SystemCommand(binding.description, tooltip, run)
        for command in super().get_system_commands(screen):
            if command.callback != self.action_show_help_panel:  # f1 explains more
                yield command


def _make_way() -> None:
    """Let the screen's thread go before this one, and before those that this one starts.

    On Linux each thread has a priority of its own; elsewhere they share one.
    """
    if sys.platform == "linux":
        screen = os.getpriority(os.PRIO_PROCESS, os.getpid())
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, screen + NICE))


def _status(checkpoint: Checkpoint, *, can_resume: bool) -> str:
    """A model in a line: how good it is, and what can be done about a run that was stopped."""
    score = checkpoint.validation_bits_per_byte
    status = checkpoint.name + ("" if score is None else f"  {score:.3f} bits/byte")
    if not checkpoint.finished:
        return f"{status}  half-trained, {checkpoint.progress:.0%}" + (
            ": ctrl+t goes on" if can_resume else ""
        )
    return status + ("  a run was stopped: ctrl+t goes on, ctrl+l keeps it" if can_resume else "")


def _see_log() -> str:
    return f"More is in {paths.log_file()}"
