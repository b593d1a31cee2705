"""The talks on disk: one append-only file a talk, written as it happens."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten

from jokebox import kept, paths
from jokebox.conversation import Conversation, Word
from jokebox.errors import JokeboxError, TalkError
from jokebox.files import exclusive
from jokebox.kept import Kept, Line
from jokebox.lm.text import normalise, sanitise

TITLE_LENGTH = 60
_NAME = re.compile(r"[\w-]{1,80}")


@dataclass(frozen=True)
class Entry:
    """A talk as a list shows it. One with a `problem` can only be removed."""

    name: str  # of its file
    title: str
    changed: datetime
    jokes: int = 0
    model: str = ""
    text: str = ""  # all that a search looks at
    problem: str = ""

    def matches(self, query: str) -> bool:
        """Whether every word of `query` stands somewhere in the talk."""
        return all(word in self.text for word in normalise(query).casefold().split())


class Talks:
    """The talks in `directory`. One of them at a time is written by this process: `recorder`."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.talks_dir()
        self.recorder: Recorder | None = None

    def entries(self) -> list[Entry]:
        """Every talk in which something was said, the last used first."""
        found = [self._entry(path) for path in self.directory.glob("*.jsonl")]
        return sorted(filter(None, found), key=lambda entry: entry.changed, reverse=True)

    def read(self, name: str) -> Kept:
        """Raises TalkError as `kept.read` does."""
        return kept.read(self._path(name))

    def begin(self, talk: Conversation) -> Recorder:
        """Keep `talk` from now on, in a file that is made when something is said."""
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        return self._take(Recorder(self._path(name), talk))

    def reopen(self, name: str, talk: Conversation) -> Recorder:
        """Let `talk` go on where the talk called `name` stands.

        Raises TalkError where that cannot be read or another process has it; `talk` is then as
        before.
        """
        if self.recorder is not None and self.recorder.name == name:
            return self.recorder
        recorder = Recorder(self._path(name), talk)
        recorder.reopen()
        return self._take(recorder)

    def rename(self, name: str, title: str) -> None:
        """Give a talk a title. Raises TalkError as `reopen` does, OSError."""
        if self.recorder is not None and self.recorder.name == name:
            self.recorder.rename(title)
            return
        path = self._path(name)
        with _held(path):
            _cut(path, kept.read(path).size)
            _append(path, kept.to_bytes(kept.named(normalise(title))), sync=True)

    def remove(self, name: str) -> None:
        """Remove a talk; raises TalkError where it is the one on the screen or in use."""
        if self.recorder is not None and self.recorder.name == name:
            raise TalkError(
                "this is the talk on the screen", "", "Begin a new chat, then remove it."
            )
        path = self._path(name)
        with _held(path):
            path.unlink(missing_ok=True)
        _lock_file(path).unlink(missing_ok=True)

    def _take(self, recorder: Recorder) -> Recorder:
        if self.recorder is not None:
            self.recorder.close()
        self.recorder = recorder
        return recorder

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise TalkError("no such talk", f"{name!r}")
        return self.directory / f"{name}.jsonl"

    def _entry(self, path: Path) -> Entry | None:
        try:
            changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            talk = kept.read(path, skim=True)
        except FileNotFoundError:  # removed by another process a moment ago
            return None
        except JokeboxError as error:
            return Entry(path.stem, sanitise(path.stem), changed, problem=sanitise(str(error)))
        if not talk.told:
            return None
        jokes = talk.jokes
        first = jokes[0][-1] if jokes else talk.told[0]
        beginning = shorten(first.joke or first.prompt, TITLE_LENGTH, placeholder=" …")
        title = talk.title or beginning or "…"
        text = "\n".join([title, talk.model, *(turn.joke for turn in talk.told)]).casefold()
        return Entry(path.stem, title, changed, len(jokes), talk.model, text)


class Recorder:
    """Keeps one talk: all that it has seen and the file has not is written, line after line."""

    def __init__(self, path: Path, talk: Conversation) -> None:
        self.name = path.stem
        self._path, self._talk = path, talk
        self._kept = Kept()  # what the file tells
        self._held = ExitStack()
        self._one_writer = threading.Lock()  # the screen renames while a worker speaks
        self._failed = False

    def record(self, words: Iterator[Word]) -> Iterator[Word]:
        """Pass `words` on, each when it has been written. Raises as `save` does."""
        for word in words:
            self._write(finished=False)
            yield word
        self.save()

    def save(self) -> None:
        """Write all that has happened, the ending of the last answer included.

        Raises TalkError where that fails, once: the talk is not kept from then on.
        """
        self._write(finished=True)

    def reopen(self) -> None:
        """Let the talk stand as the file tells; raises TalkError, and the talk is as before."""
        with ExitStack() as held:
            held.enter_context(_held(self._path))
            self._kept = kept.read(self._path)
            _cut(self._path, self._kept.size)
            self._restore()
            self._held = held.pop_all()

    def weights_changed(self) -> None:
        """Where these very weights made the states in the file, those are better than a re-read."""
        weights, _ = kept.identity(self._talk.generator)
        if self._kept.told and self._kept.weights == weights and not self._failed:
            self._restore()

    def rename(self, title: str) -> None:
        """Give the talk a title. Raises as `save` does."""
        self._append([kept.named(normalise(title))])

    def close(self) -> None:
        """Let other processes have the talk."""
        self._held.close()

    def _restore(self) -> None:
        told, generator = self._kept, self._talk.generator
        weights, vocabulary = kept.identity(generator)
        states = told.states if weights == told.weights else {}
        foreign = told.foreign if vocabulary == told.vocabulary else len(told.told)
        shape, size = generator.zero().h.shape, generator.tokenizer.size
        ids = (id for turn in told.told[foreign:] for id in turn.ids)
        if any(state.h.shape != shape or state.c.shape != shape for state in states.values()) or (
            max(ids, default=0) >= size
        ):
            raise TalkError("a talk is damaged", f"{self._path} does not fit the model it names")
        self._talk.restore(told.told, told.last, states, in_joke=told.in_joke, foreign=foreign)

    def _write(self, *, finished: bool) -> None:
        if self._talk.told:
            self._append(self._news(finished=finished), sync=finished)

    def _news(self, *, finished: bool) -> Iterator[Line]:
        """What the talk has seen and the file does not tell; each line is heard before the next."""
        talk, told = self._talk, self._kept
        weights, _ = kept.identity(talk.generator)
        if not told.began:
            self._held.enter_context(_held(self._path))
            yield kept.began(datetime.now(UTC).isoformat(timespec="seconds"))
        for turn in talk.told[max(0, len(told.told) - 1) :]:  # the last one may have gone on
            if turn.number == len(told.told):
                if told.weights != weights:
                    yield kept.model(talk.generator)
                yield kept.turn(turn)
            for word in turn.words[len(told.told[turn.number].words) :]:
                yield kept.word(word)
            if finished and told.speaking:
                # an answer that a crash cut off may be ended while other weights talk
                own = turn.number == talk.last and told.weights == weights
                yield kept.ended(turn, talk.state if own else None)
        if finished and (talk.last, talk.in_joke) != (told.last, told.in_joke):
            yield kept.stands(talk.last, in_joke=talk.in_joke)

    def _append(self, lines: Iterable[Line], *, sync: bool = True) -> None:
        with self._one_writer:
            if self._failed:
                return
            try:
                content = b""
                for line in lines:
                    self._kept.hear(line)
                    content += kept.to_bytes(line)
                _append(self._path, content, sync=sync)
            except OSError as error:
                self._failed = True
                raise TalkError(
                    "this talk is not being kept any more",
                    f"{self._path}: {error.strerror or error}",
                    "It goes on, but will be lost when jokebox ends.",
                ) from None


def _append(path: Path, content: bytes, *, sync: bool) -> None:
    if not content:
        return
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        if sync:
            os.fsync(file.fileno())


def _cut(path: Path, size: int) -> None:
    """Drop what a crash has left of a line."""
    if path.stat().st_size > size:
        os.truncate(path, size)


def _held(path: Path) -> AbstractContextManager[None]:
    """Keep other processes from writing the talk; raises TalkError where one does already."""
    lock = _lock_file(path)
    return exclusive(lock, "this talk", error=TalkError, hint="Leave it there first.")


def _lock_file(path: Path) -> Path:
    return path.with_name(f".{path.stem}.lock")
