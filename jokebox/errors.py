"""Errors that a user can cause or fix: what happened, where, and what to do next."""

from __future__ import annotations

import re
from textwrap import shorten

NO_MEMORY = re.compile(
    r"(allocate|out of) memory|start new thread|failed to map segment"  # of a library
)


class JokeboxError(Exception):
    """An error shown to the user in plain words, never as a traceback.

    `title` says what happened, `message` where (file, line, column, name), `hint` what to do next.
    """

    def __init__(self, title: str, message: str, hint: str = "") -> None:
        super().__init__(title, message, hint)
        self.title = title
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.title}: {self.message}"
        return f"{text}\n{self.hint}" if self.hint else text


def too_little_memory(error: BaseException) -> JokeboxError | None:
    """Return what to tell the user if `error` is a lack of memory, of Python, NumPy or PyTorch."""
    if not isinstance(error, MemoryError) and not (
        isinstance(error, (RuntimeError, ImportError)) and NO_MEMORY.search(str(error))
    ):
        return None
    return JokeboxError(
        "there is too little memory",
        shorten(str(error), 150, placeholder=" ...") or "for what was asked",
        "Close other programs, or try a smaller corpus, preset or batch size.",
    )


class CorpusError(JokeboxError):
    """A joke file cannot be read or trained on, or there is no such corpus."""


class ModelError(JokeboxError):
    """A model is missing, damaged, of a newer format, or in use by another process."""


class TalkError(JokeboxError):
    """A stored talk, favourite or export is missing, damaged, of a newer format, or in use."""


class SettingsError(JokeboxError):
    """A setting or training option is out of its range, or the settings file is unusable."""


class StoppedError(JokeboxError):
    """The user stopped something before there was anything to keep."""


class DownloadError(JokeboxError):
    """A corpus could not be fetched."""
