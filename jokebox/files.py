"""Files: written so that a crash leaves the old one or the new one, by one process at a time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jokebox.errors import JokeboxError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the content of `path` atomically; an OSError leaves it unchanged."""
    with replacing(path) as beside:
        beside.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file beside `path` to write, then rename it to `path`; an error leaves `path` as is.

    The file is synced to the disk before it is renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def typed_path(text: str) -> Path:
    """Return the path that a user typed; ~ is a home folder, if the system knows whose."""
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def exists(path: Path) -> bool:
    """Return whether a file or folder exists; False for a path that no disk can hold."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, without permission, or with a NUL
        return False


@contextmanager
def exclusive(
    path: Path,
    what: str,
    *,
    error: type[JokeboxError] = JokeboxError,
    hint: str = "Try again in a moment.",
    wait: float = 0,
) -> Iterator[None]:
    """Lock the lock file at `path`; raise `error` if another process has it locked.

    `what` is locked, in the user's words; the other process has `wait` seconds to unlock it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        message = f"another jokebox is using it (lock file {path})"
        raise error(f"{what} is in use", message, hint) from None
    try:
        yield
    finally:
        lock.release()
