"""The terminal under the screen: Textual's driver, that also suspends and survives a lost one."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from contextlib import suppress
from typing import Any, TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

LOOK_EVERY = 0.5  # seconds between two looks whether the terminal is still there


class TerminalDriver(LinuxDriver):
    """Drive a terminal that may be suspended, taken away by another program, or closed.

    Textual answers SIGTSTP and SIGCONT inside whatever the screen's thread does just then, and
    starts a second thread for the keys on a SIGCONT that no stop came before. Here both wait for
    the event loop.
    """

    def __init__(self, app: App[Any], **how: Any) -> None:
        super().__init__(app, **how)
        self._file: Any = _Output(self._file)
        self._loop = asyncio.get_running_loop()
        self._look_again: asyncio.TimerHandle | None = None  # while the terminal is ours
        self._handle_signals()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._look()

    def stop_application_mode(self) -> None:
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        with suppress(OSError):  # the terminal is gone; `_look` notices that
            super().run_input_thread()

    # Suspended ------------------------------------------------------------------------------------

    def _handle_signals(self) -> None:
        self._loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        self._loop.add_signal_handler(signal.SIGCONT, self._start_again)

    def _suspend(self) -> None:
        """Give the terminal back and stop, until a shell brings this process to the foreground."""
        if self._look_again is None:
            return
        self.suspend_application_mode()
        for number in (signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(number)
        # the whole job, as a terminal does it; the system ignores it if no shell could continue it
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        while not self._is_in_foreground():
            os.killpg(os.getpgrp(), signal.SIGSTOP)
        self._handle_signals()
        self._show_again()

    def _start_again(self) -> None:
        """Set the terminal up anew: whoever stopped this process may have changed it."""
        if self._look_again is not None and self._is_in_foreground():
            self.suspend_application_mode()
            self._show_again()

    def _show_again(self) -> None:
        self.resume_application_mode()
        self._app.refresh(layout=True)

    def _is_in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # this terminal does not control the process
            return True

    # Gone -----------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Leave if the terminal is gone; there may have been no SIGHUP."""
        if not _is_gone(self.fileno):
            self._look_again = self._loop.call_later(LOOK_EVERY, self._look)
            return
        self._look_again = None
        _discard(self.fileno)
        self._app.exit(return_code=128 + signal.SIGHUP)


class _Output:
    """A terminal's output, which discards what is written to a terminal that is gone.

    An error would end Textual's thread for output, and the screen's thread would wait for it.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            _discard(self.fileno())

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            _discard(self.fileno())

    def fileno(self) -> int:
        return self._file.fileno()


def _is_gone(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, 0)  # only what cannot be asked for: hung up, an error
    return bool(poll.poll(0))


def _discard(descriptor: int) -> None:
    """Let a descriptor read and write nothing from now on."""
    os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
