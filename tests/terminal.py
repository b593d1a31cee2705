"""jokebox in a terminal: a real pty, with pyte to read what is on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pexpect.fdpexpect
import pyte

ROOT = Path(__file__).parents[1]
PATIENCE = 200  # seconds


class Terminal:
    """A process in a terminal of its own, which outlives it."""

    def __init__(
        self,
        command: tuple[str, ...],
        environment: dict[str, str],
        size: tuple[int, int],
        start: Callable[[], object] | None = None,  # is called in the new process
    ) -> None:
        columns, rows = size
        master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (rows, columns))
        self.before = termios.tcgetattr(self.slave)
        self.raw = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"TERM": "xterm-256color"} | environment,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=lambda: _as_from_a_shell(start),
        )
        self._tty: Any = pexpect.fdpexpect.fdspawn(master, timeout=PATIENCE)

    def read(self, seconds: float = 0.1) -> bool:
        """Read some of what the process wrote; return whether anything came within a moment."""
        try:
            piece = self._tty.read_nonblocking(100_000, timeout=seconds)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        self.raw += piece
        self._stream.feed(piece)
        return True

    def clear(self) -> None:
        """Forget what is on the screen, until something new is painted."""
        self._screen.reset()

    def text(self) -> str:
        """Return the text on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, condition: Callable[[str], object]) -> str:
        """Read until the text on the screen meets the condition; return it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if condition(self.text()):
                return self.text()
            self.read()
        raise AssertionError(f"never came:\n{self.text()}")

    def sees(self, *texts: str) -> str:
        """Read until all these are on the screen; return its text."""
        return self.until(lambda shown: all(text in shown for text in texts))

    def type(self, keys: str) -> None:
        """Send these keys."""
        self._tty.send(keys)

    def click(self, text: str, right: int = 0) -> None:
        """Click on the first cell of this text, or so many cells to the right of it."""
        self.sees(text)
        self._let_it_settle()
        rows = self.sees(text).splitlines()
        row = next(number for number, line in enumerate(rows) if text in line)
        at = f"{rows[row].index(text) + right + 1};{row + 1}"
        self.type(f"\x1b[<0;{at}M\x1b[<0;{at}m")

    def _let_it_settle(self) -> None:
        """Read until nothing moves for a moment: a click would miss what does."""
        for _ in range(20):  # while it learns, something always may
            seen = len(self.raw)
            self.read()
            if len(self.raw) == seen:
                return

    def click_into(self, text: str, right: int = 0) -> None:
        """Click and wait for the cursor: what is typed before it is there would go elsewhere."""
        self.click(text, right)
        self.until(lambda _: text in self._screen.display[self._screen.cursor.y])

    def wait(self) -> int:
        """Read until the process ends; return its exit status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.read()
            if self.process.poll() is not None:
                while self.read():  # the last of what it wrote
                    pass
                return self.process.returncode
        raise AssertionError(f"it does not end:\n{self.text()}")

    @property
    def restored(self) -> bool:
        """Whether the terminal is as before: its line, and what `switched_back` looks at."""
        return termios.tcgetattr(self.slave) == self.before and (
            self.switched_back and self.raw.rfind(b"?2004h") <= self.raw.rfind(b"?2004l")
        )

    @property
    def switched_back(self) -> bool:
        """Whether the terminal's screen and cursor are as before, without reports of the mouse."""
        switches = (b"?1049h", b"?25l", b"?1000h", b"?1003h")
        off = {b"h": b"l", b"l": b"h"}
        return all(self.raw.rfind(on) <= self.raw.rfind(on[:-1] + off[on[-1:]]) for on in switches)

    @property
    def is_open(self) -> bool:
        """Whether the terminal is still there."""
        return not self._tty.closed

    def hang_up(self) -> None:
        """Close the terminal under the process."""
        if self.is_open:
            self._tty.close()
            os.close(self.slave)

    def close(self) -> None:
        """Kill the process if it still runs, and close the terminal."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()


def _as_from_a_shell(start: Callable[[], object] | None) -> None:
    """Heed what a shell and nohup let background programs ignore; then call `start`."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    if start is not None:
        start()


JOKEBOX = (sys.executable, "-m", "jokebox")


@contextmanager
def terminal(
    *arguments: str, size: tuple[int, int] = (140, 45), **environment: str
) -> Iterator[Terminal]:
    """Run `jokebox ARGUMENTS` in a terminal of `size` columns and rows."""
    with closing(Terminal((*JOKEBOX, *arguments), environment, size)) as terminal:
        yield terminal


@contextmanager
def shell() -> Iterator[Terminal]:
    """Run a shell with job control, in a terminal that controls it."""

    def control() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    command = ("bash", "--norc", "--noprofile", "-i")
    with closing(Terminal(command, {"PS1": "ready> "}, (140, 45), control)) as terminal:
        terminal.sees("ready>")
        yield terminal
