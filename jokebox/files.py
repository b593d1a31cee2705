"""Files: written so that a crash leaves the old one or the new one, by one process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jokebox.errors import JokeboxError
from jokebox.paths import visitor_dir


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the content of `path` atomically; an OSError leaves it unchanged."""
    with replacing(path) as beside:
        beside.write_bytes(content)


@contextmanager
def replacing(path: Path, *, new: bool = False) -> Iterator[Path]:
    """Give a file beside `path` to write, then rename it to `path`; an error leaves `path` as is.

    The file is synced to the disk before it is renamed. Raises FileExistsError if it has to be
    `new`, and there is one already.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    # a new file is one that the user asked for, to read it with other programs
    lock, beside = _create_beside(path, 0o666 if new else 0o600)
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        if new:
            _link(beside, path)
        else:
            os.replace(beside, path)
    finally:
        with suppress(OSError):  # the next save sweeps what stays
            beside.unlink(missing_ok=True)
        os.close(lock)


def sweep(path: Path) -> None:
    """Remove what killed processes have left beside `path` while they were replacing it."""
    with suppress(OSError):
        for other in path.parent.iterdir():
            if re.fullmatch(rf"\.{re.escape(path.name)}\.\w{{8}}", other.name):
                _remove_if_abandoned(other)


def _create_beside(path: Path, mode: int) -> tuple[int, Path]:
    """Create a file beside `path`, locked as long as this process lives and has it open."""
    while True:
        beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        lock = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
        with suppress(OSError):  # not every file system has locks; then nothing is swept either
            fcntl.flock(lock, fcntl.LOCK_EX)
        if beside.exists():  # else another process swept it before it was locked
            return lock, beside
        os.close(lock)


def _remove_if_abandoned(beside: Path) -> None:
    handle = os.open(beside, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with suppress(OSError):  # a living process has it locked
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            beside.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _link(beside: Path, path: Path) -> None:
    """Give a file its name; raise FileExistsError if another file has it."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.replace(beside, path)


def typed_path(text: str) -> Path:
    """Return the path that a user typed; ~ is a home folder, if the system knows whose.

    For a visitor of a page it is in their folder, whatever they type. Raises JokeboxError if a link
    leads out of that.
    """
    path = Path(text.strip())
    with suppress(RuntimeError):  # no such user
        path = path.expanduser()
    folder = visitor_dir()
    if folder is None or is_reachable(path):
        return path
    inside = folder.joinpath(*(part for part in path.parts if part not in (path.anchor, "..")))
    if not is_reachable(inside):
        raise JokeboxError("that is outside of your folder", str(path), "Choose another file.")
    return inside


def is_reachable(path: Path) -> bool:
    """Return whether the user may read and write there: all but a visitor may everywhere."""
    folder = visitor_dir()
    try:
        return folder is None or path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError, ValueError):  # no disk can hold it
        return True


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
