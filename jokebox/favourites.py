"""The jokes that the user liked best: one file, a joke a line, newest last."""

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
    from jokebox.conversation import Turn

FORMAT = 1
WAIT = 2.0  # seconds for another jokebox to finish its change, which takes milliseconds


@dataclass(frozen=True)
class Favourite:
    """A joke, the beginning that the user gave it, who told it, and when it was marked."""

    text: str
    prompt: str
    model: str
    when: str  # ISO 8601


def favourite(turns: Sequence[Turn], model: str) -> Favourite:
    """The joke that the last of `turns` tells, as far as it goes, in a talk with `model`."""
    prompt = next((turn.prompt for turn in reversed(turns) if turn.opens), turns[0].prompt)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Favourite(normalise(turns[-1].joke), prompt, model, now)


class Favourites:
    """The favourites in `path`, read anew each time: another process may have marked one.

    Each method raises TalkError where the file cannot be read or written; it is then as before.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.favourites_file()

    def jokes(self) -> list[Favourite]:
        """All of them, in the order they were marked."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TalkError("the favourites cannot be read", f"{self.path}: {error}") from None
        return [self._parse(number, line) for number, line in enumerate(lines, 1)]

    def texts(self) -> frozenset[str]:
        """The texts of all of them, as `normalise` leaves them."""
        return frozenset(joke.text for joke in self.jokes())

    def add(self, joke: Favourite) -> None:
        """Mark a joke; one with this text that is marked already stays as it was."""
        with self._held():
            jokes = self.jokes()
            if joke.text not in (other.text for other in jokes):
                self._write([*jokes, joke])

    def remove(self, text: str) -> None:
        """Take the mark of the joke with this text."""
        with self._held():
            self._write([joke for joke in self.jokes() if joke.text != text])

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One change at a time: two at once would lose one of the marks."""
        lock = self.path.with_name(f".{self.path.name}.lock")
        what, hint = "the list of favourites", "Try again in a moment."
        try:
            with exclusive(lock, what, wait=WAIT, error=TalkError, hint=hint):
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
