"""Writing so that a crash leaves the old file or the new one, and one writer at a time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jokebox.errors import JokeboxError, ModelError


def write_atomically(path: Path, content: bytes) -> None:
    """Let `path` hold `content`. After an OSError it is as before."""
    with replacing(path) as beside:
        beside.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write; then fsync, and rename over it. An error leaves `path`."""
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
    """The path that a user typed; ~ is their home, where the system knows whose that is."""
    path = Path(text.strip())
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def exists(path: Path) -> bool:
    """Whether there is such a file or folder: none is at a path that no disk can hold."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, not to be looked at, or with a NUL
        return False


@contextmanager
def exclusive(
    path: Path,
    what: str,
    *,
    wait: float = 0,
    error: type[JokeboxError] = ModelError,
    hint: str = "Wait until it is done or stop it there, or choose another name with --model.",
) -> Iterator[None]:
    """Hold the lock file at `path`; raises `error` where another process holds it.

    It has `wait` seconds to let go.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        message = f"another jokebox is at work on it (lock file {path})"
        raise error(f"{what} is in use", message, hint) from None
    try:
        yield
    finally:
        lock.release()
