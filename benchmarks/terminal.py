"""A program in a virtual terminal, and the content of its screen."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import pexpect
import pyte

from benchmarks import command, memory

COLUMNS, ROWS = 120, 36


class Terminal:
    """Runs `program` in a terminal of COLUMNS x ROWS; a context manager that kills it on exit."""

    def __init__(self, program: Sequence[str], home: Path) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._began = time.perf_counter()
        self._process = pexpect.spawn(
            program[0],
            list(program[1:]),
            cwd=str(command.ROOT),
            env=command.environment(home),
            dimensions=(ROWS, COLUMNS),
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.close(force=True)

    def read(self, seconds: float) -> bytes:
        """Return what the program writes next; empty if it exits or writes nothing for so long."""
        fd = self._process.child_fd
        if not select.select([fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(fd, 1 << 16)
        except OSError:  # the other end is closed
            return b""

    def wait_for(self, pattern: str, seconds: float = 60) -> float:
        """Return the seconds from launch until `pattern` is on the screen.

        If it is not after `seconds`, end the benchmark.
        """
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self._stream.feed(self.read(0.2))
            if re.search(pattern, self.text):
                return time.perf_counter() - self._began
        sys.exit(f"{pattern!r} is not on the screen after {seconds} s:\n{self.text}")

    def drain(self, seconds: float) -> bytes:
        """Return what the program writes for so many seconds, without drawing it on the screen."""
        told, until = b"", time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            told += self.read(left)
        return told

    @property
    def text(self) -> str:
        """The rows of the screen, as lines."""
        return "\n".join(self._screen.display)

    def type(self, keys: str) -> None:
        """Press `keys`."""
        os.write(self._process.child_fd, keys.encode())

    def idle(self, seconds: float) -> float:
        """Return the share of a core that the program uses in so many seconds without a key."""
        before = memory.used(self._process.pid)
        self.drain(seconds)
        return (memory.used(self._process.pid) - before) / seconds

    def memory(self) -> int:
        """Return the resident memory of the program, in bytes."""
        return memory.resident(self._process.pid)
