"""The talks on disk: one file a talk, which is only ever appended to, written as it happens."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten

from jokebox import paths
from jokebox.errors import JokeboxError, TalkError
from jokebox.files import exclusive
from jokebox.lm.text import normalise, sanitise
from jokebox.talk import transcript
from jokebox.talk.conversation import Conversation
from jokebox.talk.events import Event, TalkMoved, TurnBegan, TurnEnded, WordTold
from jokebox.talk.transcript import Line, Transcript

TITLE_LENGTH = 60
LISTED = 5  # titles, if there is none that was asked for
_NAME = re.compile(r"[\w-]{1,80}")


@dataclass(frozen=True)
class StoredTalk:
    """A talk as a list shows it. One with a `problem` can only be removed."""

    name: str  # of its file
    title: str
    changed: datetime
    jokes: int = 0
    model: str = ""
    text: str = ""  # all that a search looks through
    problem: str = ""

    def matches(self, query: str) -> bool:
        """Return whether every word of `query` is somewhere in the talk."""
        return all(word in self.text for word in normalise(query).casefold().split())


class Archive:
    """The talks in `directory`. This process writes one of them at a time, with `recorder`."""

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory or paths.talks_dir()
        self.recorder: Recorder | None = None

    def talks(self) -> list[StoredTalk]:
        """Return every talk in which something was said, the last used first."""
        found = [self._describe(path) for path in self.directory.glob("*.jsonl")]
        return sorted(filter(None, found), key=lambda talk: talk.changed, reverse=True)

    def find(self, wanted: str) -> StoredTalk:
        """Return the talk of this name, else the newest whose title begins like this.

        Raises TalkError if there is none.
        """
        if _NAME.fullmatch(wanted) and (named := self._describe(self._path(wanted))):
            return named
        talks, begun = self.talks(), normalise(wanted).casefold()
        for talk in talks:
            if begun and talk.title.casefold().startswith(begun):
                return talk
        titles = ", ".join(f"“{talk.title}”" for talk in talks[:LISTED])
        raise TalkError(
            "there is no such talk",
            f"no talk in {self.directory} has the title {wanted!r}",
            f"The newest: {titles}" if titles else "Begin one with: jokebox",
        )

    def read(self, name: str) -> Transcript:
        """Read the talk called `name`; raises TalkError as `transcript.read` does."""
        return transcript.read(self._path(name))

    def begin(self, talk: Conversation) -> Recorder:
        """Keep `talk` from now on, in a file that is made when something is said."""
        name = f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        return self._use(Recorder(self._path(name), talk))

    def reopen(self, name: str, talk: Conversation) -> Recorder:
        """Let `talk` continue the talk called `name`.

        Raises TalkError, and leaves `talk` unchanged, if that talk cannot be read or another
        process has it open.
        """
        if self.recorder is not None and self.recorder.name == name:
            return self.recorder
        recorder = Recorder(self._path(name), talk)
        recorder.reopen()
        return self._use(recorder)

    def rename(self, name: str, title: str) -> None:
        """Give a talk a title; raises TalkError as `reopen` does, OSError if it is not written."""
        if self.recorder is not None and self.recorder.name == name:
            self.recorder.rename(title)
            return
        path = self._path(name)
        with _locked(path):
            _truncate(path, transcript.read(path).size)
            _append(path, transcript.to_bytes(transcript.named_line(normalise(title))), sync=True)

    def remove(self, name: str) -> None:
        """Remove a talk; raises TalkError if it is the one on the screen or in use elsewhere."""
        if self.recorder is not None and self.recorder.name == name:
            raise TalkError(
                "this is the talk on the screen", "", "Begin a new talk, then remove this one."
            )
        path = self._path(name)
        with _locked(path):
            path.unlink(missing_ok=True)
        _lock_file(path).unlink(missing_ok=True)

    def _use(self, recorder: Recorder) -> Recorder:
        if self.recorder is not None:
            self.recorder.close()
        self.recorder = recorder
        return recorder

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise TalkError("no such talk", f"{name!r}")
        return self.directory / f"{name}.jsonl"

    def _describe(self, path: Path) -> StoredTalk | None:
        try:
            changed = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            talk = transcript.read(path, skim=True)
        except FileNotFoundError:  # removed by another process a moment ago
            return None
        except JokeboxError as error:
            name = sanitise(path.stem)
            return StoredTalk(path.stem, name, changed, problem=sanitise(str(error)))
        if not talk.all_turns:
            return None
        jokes = talk.jokes
        first = jokes[0][-1] if jokes else talk.all_turns[0]
        beginning = shorten(first.joke or first.prompt, TITLE_LENGTH, placeholder=" …")
        title = talk.title or beginning or "…"
        text = "\n".join([title, talk.model, *(turn.joke for turn in talk.all_turns)]).casefold()
        return StoredTalk(path.stem, title, changed, len(jokes), talk.model, text)


class Recorder:
    """Writes the events of one talk to its file, line by line."""

    def __init__(self, path: Path, talk: Conversation) -> None:
        self.name = path.stem
        self._path, self._talk = path, talk
        self._transcript = Transcript()  # what the file says
        self._lock = ExitStack()  # taken with the first line
        self._one_writer = threading.Lock()  # the screen renames while a worker records
        self._failed = False

    def record(self, events: Iterable[Event]) -> Iterator[Event]:
        """Pass `events` on, each when it has been written.

        Raises TalkError if that fails, once: after that the talk is not kept any more.
        """
        self._write_missing_end()  # of an answer that a crash cut off
        try:
            for event in events:
                self._write(event)
                yield event
        finally:
            if isinstance(events, Generator):
                events.close()
            self._write_missing_end()

    def reopen(self) -> None:
        """Restore the talk from the file; raises TalkError, and leaves the talk unchanged."""
        with ExitStack() as lock:
            lock.enter_context(_locked(self._path))
            self._transcript = transcript.read(self._path)
            _truncate(self._path, self._transcript.size)
            restore(self._talk, self._transcript, str(self._path))
            self._lock = lock.pop_all()

    def weights_changed(self) -> None:
        """Use the states in the file if these very weights made them: they need no re-reading."""
        weights, _ = transcript.identity(self._talk.generator)
        known = self._transcript
        if known.all_turns and known.weights == weights and not self._failed:
            restore(self._talk, known, str(self._path))

    def rename(self, title: str) -> None:
        """Give the talk a title. Raises as `record` does."""
        self._append([transcript.named_line(normalise(title))])

    def close(self) -> None:
        """Let other processes open the talk."""
        self._lock.close()

    def _write(self, event: Event) -> None:
        match event:
            case TurnBegan(turn):
                self._begin()
                self._append(transcript.turn_lines(turn), sync=False)
            case WordTold(word):
                self._append([transcript.word_line(word)], sync=False)
            case TurnEnded(turn, state):
                self._append([transcript.ended_line(turn, state)])
            case TalkMoved(last, in_joke):
                self._append([transcript.moved_line(last, in_joke=in_joke)])

    def _begin(self) -> None:
        """Write what has to come before a turn: the beginning of the file, and whose words follow.

        The file is made, and locked, when the first line is written.
        """
        lines = []
        if not self._transcript.began:
            self._lock.enter_context(_locked(self._path))
            lines.append(transcript.began_line(datetime.now(UTC).isoformat(timespec="seconds")))
        weights, _ = transcript.identity(self._talk.generator)
        if self._transcript.weights != weights:
            lines.append(transcript.model_line(self._talk.generator))
        self._append(lines, sync=False)

    def _write_missing_end(self) -> None:
        """Write the end of an answer that was broken off, by a crash or an error."""
        known = self._transcript
        if not known.answering:
            return
        number = len(known.all_turns) - 1
        # other weights may be talking by now: their state does not belong in the file
        weights, _ = transcript.identity(self._talk.generator)
        state = self._talk.state_after(number) if weights == known.weights else None
        self._append([transcript.ended_line(self._talk.all_turns[number], state)])

    def _append(self, lines: Sequence[Line], *, sync: bool = True) -> None:
        with self._one_writer:
            if self._failed:
                return
            try:
                for line in lines:
                    self._transcript.apply(line)
                _append(self._path, b"".join(map(transcript.to_bytes, lines)), sync=sync)
            except OSError as error:
                self._failed = True
                raise TalkError(
                    "this talk is not being kept any more",
                    f"{self._path}: {error.strerror or error}",
                    "It continues, but will be lost when jokebox ends.",
                ) from None


def restore(talk: Conversation, known: Transcript, where: str) -> None:
    """Let `talk` be the one that was kept as `known`.

    Raises TalkError, which says `where` it was kept, if it does not fit the model it names.
    """
    generator = talk.generator
    weights, vocabulary = transcript.identity(generator)
    states = known.states if weights == known.weights else {}
    foreign = known.foreign if vocabulary == known.vocabulary else len(known.all_turns)
    zero, size = generator.zero(), generator.tokenizer.size
    ids = (id for turn in known.all_turns[foreign:] for id in turn.ids)
    shapes = {shape for s in states.values() for shape in (s.h.shape, s.c.shape)}
    if shapes - {zero.h.shape} or max(ids, default=0) >= size:
        raise TalkError("a talk is damaged", f"{where} does not fit the model it names")
    # a state without the pointer's memory is read again
    whole = {n: s for n, s in states.items() if s.keys.shape[1] == zero.keys.shape[1]}
    talk.restore(known.all_turns, known.last, whole, in_joke=known.in_joke, foreign=foreign)


def _append(path: Path, content: bytes, *, sync: bool) -> None:
    if not content:
        return
    with path.open("ab") as file:
        file.write(content)
        file.flush()
        if sync:
            os.fsync(file.fileno())


def _truncate(path: Path, size: int) -> None:
    """Remove what a crash has left of a line."""
    if path.stat().st_size > size:
        os.truncate(path, size)


def _locked(path: Path) -> AbstractContextManager[None]:
    """Keep other processes from writing the talk; raises TalkError if one has it open."""
    lock = _lock_file(path)
    return exclusive(lock, "this talk", error=TalkError, hint="Close it there first.")


def _lock_file(path: Path) -> Path:
    return path.with_name(f".{path.stem}.lock")
