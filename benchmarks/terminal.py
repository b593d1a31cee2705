"""A program in a terminal of its own, and what stands on its screen."""

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
    """Times are seconds since the launch. It is killed when left."""

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
        """What the program writes next; empty where it writes nothing for so long, or has left."""
        fd = self._process.child_fd
        if not select.select([fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(fd, 1 << 16)
        except OSError:  # the other end is closed
            return b""

    def wait_for(self, pattern: str, seconds: float = 60) -> float:
        """When `pattern` stands in a row of the screen; ends the benchmark where it does not."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self._stream.feed(self.read(0.2))
            if re.search(pattern, self.text):
                return time.perf_counter() - self._began
        sys.exit(f"{pattern!r} did not come to the screen in {seconds} s:\n{self.text}")

    def drain(self, seconds: float) -> bytes:
        """Whatever the program writes for so long, kept from the screen."""
        told, until = b"", time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            told += self.read(left)
        return told

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def type(self, keys: str) -> None:
        os.write(self._process.child_fd, keys.encode())

    def memory(self) -> int:
        """Resident bytes."""
        return memory.resident(self._process.pid)
