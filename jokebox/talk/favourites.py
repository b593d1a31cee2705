"""The jokes that the user liked best: one file, a joke a line, the newest last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox import paths
from jokebox.errors import TalkError
from jokebox.files import exclusive, write_atomically
from jokebox.lm.text import normalise

if TYPE_CHECKING:
    from jokebox.talk.turns import Turn

FORMAT = 1
WAIT = 2.0  # seconds for another jokebox to finish its change, which takes milliseconds


@dataclass(frozen=True)
class Favourite:
    """A joke, the prompt that it began with, the model that told it, and when it was added."""

    text: str
    prompt: str
    model: str
    when: str  # ISO 8601


def favourite(turns: Sequence[Turn], model: str) -> Favourite:
    """Return the joke that the last of `turns` tells, as far as it goes, as a favourite."""
    prompt = next((turn.prompt for turn in reversed(turns) if turn.opens_joke), turns[0].prompt)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Favourite(normalise(turns[-1].joke), prompt, model, now)


class Favourites:
    """The favourites in `path`, read again each time: another process may have added one.

    Each method raises TalkError, and leaves the file unchanged, if it cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.favourites_file()

    def jokes(self) -> list[Favourite]:
        """Return all of them, in the order they were added."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TalkError("the favourites cannot be read", f"{self.path}: {error}") from None
        return [self._parse(number, line) for number, line in enumerate(lines, 1)]

    def texts(self) -> frozenset[str]:
        """Return the texts of all of them, normalised."""
        return frozenset(joke.text for joke in self.jokes())

    def add(self, joke: Favourite) -> None:
        """Add a joke; if one with this text is there already, it stays as it was."""
        with self._locked():
            jokes = self.jokes()
            if joke.text not in (other.text for other in jokes):
                self._write([*jokes, joke])

    def remove(self, text: str) -> None:
        """Remove the joke with this text."""
        with self._locked():
            self._write([joke for joke in self.jokes() if joke.text != text])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Make one change at a time: two at once would lose one of them."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        try:
            with exclusive(lock, "the list of favourites", wait=WAIT, error=TalkError):
                yield
        except OSError as error:
            title = "the favourites cannot be saved"
            raise TalkError(title, f"{self.path}: {error}") from None

    def _write(self, jokes: list[Favourite]) -> None:
        lines = [
            json.dumps({"format": FORMAT, **asdict(joke)}, ensure_ascii=False) for joke in jokes
        ]
        write_atomically(self.path, "".join(f"{line}\n" for line in lines).encode())

    def _parse(self, number: int, content: bytes) -> Favourite:
        where = f"{self.path}, line {number}"
        try:
            line = json.loads(content)
            version = int(line["format"])
            parts = [normalise(line[part]) for part in ("text", "prompt", "model", "when")]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise TalkError(
                "the favourites are damaged",
                f"{where}: {error}",
                "The file was left as it is; mend or remove that line.",
            ) from None
        if version > FORMAT:
            raise TalkError(
                "the favourites were kept by a newer jokebox",
                f"{where} has format {version}, this jokebox reads up to {FORMAT}",
                "Upgrade jokebox; the file was left as it is.",
            )
        return Favourite(*parts)
