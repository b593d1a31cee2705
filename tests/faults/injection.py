"""Faults at the calls by which a file is saved: the process ends there, or the call fails once."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

CALLS = ("open", "replace", "rename", "link", "unlink", "fsync", "mkdir", "truncate", "rmdir")
KILLED = 9


class Fault:
    """Count the calls that save something, and let `strike` happen at the one numbered `at`.

    A write is struck when half of it is written. Without `at` they are only counted.
    """

    def __init__(
        self, at: int | None, strike: Callable[[], None], *, lasting: bool = False
    ) -> None:
        self.calls = 0
        self._at, self._strike, self._lasting = at, strike, lasting

    def meets(self) -> bool:
        """Count a call; return whether it is struck."""
        self.calls += 1
        last = self.calls - 1
        return self._at is not None and (last == self._at or (self._lasting and last > self._at))

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **how: Any) -> Any:
            if self.meets():
                self._strike()
            return call(*arguments, **how)

        return wrapped

    def open(self, file: Any, mode: str = "r", *arguments: Any, **how: Any) -> Any:
        if not set(mode) & set("wax+"):
            return _open(file, mode, *arguments, **how)
        if self.meets():
            self._strike()
        return _Written(_open(file, mode, *arguments, **how), self)

    def write(self, file: Any, content: Any) -> Any:
        if self.meets():
            file.write(content[: len(content) // 2])
            file.flush()
            self._strike()
        return file.write(content)


_open = io.open


class _Written:
    """A file that was opened to be written."""

    def __init__(self, file: Any, fault: Fault) -> None:
        self._file, self._fault = file, fault

    def write(self, content: Any) -> Any:
        return self._fault.write(self._file, content)

    def __enter__(self) -> _Written:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def injected(fault: Fault) -> Iterator[None]:
    """Let the calls of this process meet `fault`."""
    with ExitStack() as patches:
        for name in CALLS:
            patches.enter_context(patch.object(os, name, fault.wrap(getattr(os, name))))
        for module in (io, builtins):
            patches.enter_context(patch.object(module, "open", fault.open))
        yield


def calls(action: Callable[[], object]) -> int:
    """Do `action`; return how many calls it saves with."""
    fault = Fault(None, lambda: None)
    with injected(fault):
        action()
    return fault.calls


def killed_at(at: int, action: Callable[[], object]) -> None:
    """Do `action` in a process of its own, which is ended at the call `at`."""

    def killed() -> None:
        with injected(Fault(at, lambda: os._exit(KILLED))):
            action()

    assert forked(killed) == KILLED


def failing_at(at: int, code: int, action: Callable[[], object], *, lasting: bool = False) -> None:
    """Do `action`; its call `at` fails, with those after it if that is `lasting`."""

    def fail() -> None:
        raise OSError(code, os.strerror(code), "a file")

    with injected(Fault(at, fail, lasting=lasting)):
        action()


def forked(action: Callable[[], object]) -> int:
    """Do `action` in a process of its own; return its exit status."""
    return finished(fork(action))


def fork(action: Callable[[], object]) -> int:
    """Start `action` in a process of its own; return its id."""
    from jokebox.errors import JokeboxError

    process = os.fork()
    if process == 0:
        status = 1
        try:
            action()
            status = 0
        except (JokeboxError, OSError):
            status = 3
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(status)
    return process


def finished(process: int) -> int:
    """Wait for a process; return its exit status."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def leftovers(folder: Path) -> list[str]:
    """Return what was written beside a file and never took its name."""
    return [
        str(path)
        for path in folder.rglob(".*")
        if len(path.suffix) == 9 and path.is_file() and not path.name.endswith(".lock")
    ]


ERRORS = (errno.ENOSPC, errno.EIO)
