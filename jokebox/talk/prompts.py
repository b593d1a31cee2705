"""The prompts that the user typed, kept from run to run: a text file, a prompt a line."""

from __future__ import annotations

import logging
from pathlib import Path

from jokebox import paths
from jokebox.errors import JokeboxError
from jokebox.files import exclusive, write_atomically
from jokebox.lm.text import normalise

LIMIT = 500
WAIT = 2.0  # seconds for another jokebox to write its prompt

log = logging.getLogger(__name__)


class PromptHistory:
    """The last LIMIT prompts and the draft after them, and which of these is shown.

    If the file cannot be read or written, that is only logged: talking does not need it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.prompts_file()
        self._prompts = self._read()
        self._draft = ""
        self._place = len(self._prompts)

    def add(self, prompt: str) -> None:
        """Remember a prompt, unless it repeats the last one; the next draft is empty."""
        prompt = normalise(prompt)
        if prompt and self._prompts[-1:] != [prompt]:
            self._prompts = [*self._prompts, prompt][-LIMIT:]
            self._store(prompt)
        self._place, self._draft = len(self._prompts), ""

    def move(self, step: int, shown: str) -> str:
        """Return the prompt `step` places later, if there is one; `shown` may be the draft."""
        if self._place == len(self._prompts):
            self._draft = shown
        self._place = min(max(self._place + step, 0), len(self._prompts))
        return [*self._prompts, self._draft][self._place]

    def newest_first(self) -> list[str]:
        """Return all prompts, the last one first, each once."""
        return list(dict.fromkeys(reversed(self._prompts)))

    def _read(self) -> list[str]:
        try:
            lines = self.path.read_text("utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("the prompts of earlier runs: %s", error)
            return []
        return [prompt for line in lines if (prompt := normalise(line))][-LIMIT:]

    def _store(self, prompt: str) -> None:
        try:
            # written as a whole, because it is short; read again, because of other jokeboxes
            with exclusive(self.path.with_suffix(".lock"), "the list of prompts", wait=WAIT):
                prompts = [*self._read(), prompt][-LIMIT:]
                write_atomically(self.path, "".join(f"{p}\n" for p in prompts).encode())
        except (JokeboxError, OSError) as error:
            log.warning("this prompt was not kept: %s", error)
