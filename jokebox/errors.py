"""Errors that a user can cause or mend: what happened, where, and what to do next."""

from __future__ import annotations


class JokeboxError(Exception):
    """An error told to the user in plain words, never as a traceback.

    `title` says what happened, `message` says where (file, line, column, name), `hint` what to do.
    """

    def __init__(self, title: str, message: str, hint: str = "") -> None:
        super().__init__(title, message, hint)
        self.title = title
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        told = f"{self.title}: {self.message}"
        return f"{told}\n{self.hint}" if self.hint else told


class CorpusError(JokeboxError):
    """A joke file that cannot be read or learnt from."""


class ModelError(JokeboxError):
    """A model that is missing, damaged, of a newer format, or in use elsewhere."""


class TalkError(JokeboxError):
    """A kept talk, joke or export that is missing, damaged, of a newer format, or in use."""


class SettingsError(JokeboxError):
    """A setting or a training knob out of its range, or a settings file that cannot be read."""


class DownloadError(JokeboxError):
    """A corpus that could not be fetched whole."""
