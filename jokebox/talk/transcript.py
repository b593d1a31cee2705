"""The file of a talk: lines of JSON, each an event, read back into what the talk was.

began   the format, and when
model   whose weights talk from here on
turn    a prompt was read; the talk is after it now
word    one more word of the answer
ended   the answer, with the state after it
stands  the talk moved: back, to a branch, to an alternative
named   the user gave the talk a title
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np

from jokebox.errors import TalkError
from jokebox.lm.generator import Array, Generator, State
from jokebox.lm.novelty import Copied
from jokebox.lm.text import sanitise
from jokebox.talk.turns import Draft, Ending, Turn, Word, path_to

FORMAT = 2
MOST_BITS = 1e6  # of a word
Line = dict[str, Any]


# Reading ------------------------------------------------------------------------------------------


@dataclass
class Transcript:
    """What the lines applied so far say of a talk."""

    began: str = ""  # ISO 8601, UTC
    title: str = ""  # empty if the user gave none
    model: str = ""
    weights: str = ""  # what tells them from any others, as in `identity`
    vocabulary: str = ""  # as well
    all_turns: list[Turn] = field(default_factory=list)
    last: int | None = None
    in_joke: bool = False
    answering: bool = False  # the last turn has not ended yet
    states: dict[int, State] = field(default_factory=dict)  # made by `weights`, after these turns
    foreign: int = 0  # the turns before this one are in the ids of another vocabulary
    size: int = 0  # bytes of the file up to the end of its last complete line

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns from the first to the last one of this path."""
        return path_to(self.all_turns, self.last)

    @property
    def jokes(self) -> list[list[Turn]]:
        """`turns`, those of each joke together."""
        jokes: list[list[Turn]] = []
        for turn in self.turns:
            if turn.opens_joke or not jokes:
                jokes.append([])
            jokes[-1].append(turn)
        return jokes

    def apply(self, line: Line) -> None:
        """Apply one line. Raises one of MALFORMED, and changes nothing, if it is invalid."""
        kind = line["kind"]
        if (kind == "began") == bool(self.began):
            raise ValueError("a talk begins once, with its first line")
        match kind:
            case "began":
                self.began = _text(line["when"])
            case "named":
                self.title = _text(line["title"])
            case "model":
                self._apply_model(_text(line["name"]), line["weights"], line["vocabulary"])
            case "turn":
                self.all_turns.append(_turn(line, len(self.all_turns)))
                self.last = len(self.all_turns) - 1
                self.in_joke = self.answering = True
            case "word":
                turn = self.all_turns[-1]
                self.all_turns[-1] = replace(turn, words=(*turn.words, _word(line)))
            case "ended":
                self._apply_end(line)
            case "stands":
                after = line["after"]
                self.last = None if after is None else _whole(after, len(self.all_turns))
                self.in_joke = bool(line["in_joke"])
            case _:
                raise ValueError(f"{kind!r} is no kind of line")

    def _apply_model(self, name: str, weights: str, vocabulary: str) -> None:
        if vocabulary != self.vocabulary:
            self.foreign = len(self.all_turns)
        # a state means nothing to other weights
        self.model, self.weights, self.vocabulary, self.states = name, weights, vocabulary, {}

    def _apply_end(self, line: Line) -> None:
        turn, how = self.all_turns[-1], _ending(line["how"])
        copied = line["copied"]
        ended = replace(
            turn,
            ended=how,
            end_ids=_ids(line["end_ids"]),
            joke=_text(line["joke"]),
            copied=copied and Copied(copied["recited"], copied["run"], _text(copied["source"])),
            others=tuple(Draft(_ids(d["ids"]), _ending(d["how"])) for d in line.get("others", ())),
        )
        state = line["state"]
        if state is not None:
            self.states[turn.number] = _state(state)
        self.all_turns[-1] = ended
        self.in_joke, self.answering = how != "end-of-joke", False


_WORD = b'{"kind":"word",'
MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def read(path: Path, *, skim: bool = False) -> Transcript:
    """Read the talk in `path`; to `skim` it leaves out the single words, most of its lines.

    A last line that a crash cut off is left out. Raises TalkError if there is no such talk, another
    line is damaged, or it is of a newer format.
    """
    try:
        *lines, _cut_off = path.read_bytes().split(b"\n")
    except OSError as error:
        raise TalkError("this talk cannot be read", f"{path}: {error.strerror}") from None
    transcript = Transcript()
    for number, content in enumerate(lines, 1):
        try:
            if not (skim and content.startswith(_WORD)):
                line = json.loads(content)
                if number == 1:
                    _check_format(path, line["format"])
                transcript.apply(line)
        except MALFORMED as error:
            if number == len(lines) > 1:
                break
            raise TalkError(
                "a talk is damaged",
                f"{path}, line {number}: {error}",
                "The file was left as it is; mend that line, or remove the talk.",
            ) from None
        transcript.size += len(content) + 1
    return transcript


def _check_format(path: Path, version: object) -> None:
    if not isinstance(version, int):
        raise ValueError("its format is not a number")
    if version > FORMAT:
        raise TalkError(
            "this talk was kept by a newer jokebox",
            f"{path} has format {version}, this jokebox reads up to {FORMAT}",
            "Upgrade jokebox; the file was left as it is.",
        )


def _turn(line: Line, number: int) -> Turn:
    if line["number"] != number:
        raise ValueError(f"turn {line['number']} instead of {number}")
    parent = line["parent"]
    return Turn(
        number=number,
        parent=None if parent is None else _whole(parent, number),
        prompt=_text(line["prompt"]),
        opens_joke=bool(line["opens"]),
        seed=_whole(line["seed"], 2**64),
        skipped=tuple(map(_text, line["skipped"])),
        prompt_ids=_ids(line["prompt_ids"]),
        written=bool(line["draft"]),
        drafts=_whole(line.get("drafts", 1), 2**31),
    )


def _ending(how: str) -> Ending:
    if how not in get_args(Ending):
        raise ValueError(f"no answer ends with {how!r}")
    return cast(Ending, how)


def _word(line: Line) -> Word:
    bits = float(line["bits"])
    if not -1 < bits < MOST_BITS:  # rounding may leave a little less than nothing
        raise ValueError(f"a word cannot cost {bits} bits")
    return Word(_text(line["text"]), bits, _ids(line["ids"]))


def _text(value: str) -> str:
    return sanitise(value)


def _ids(values: list[int]) -> tuple[int, ...]:
    return tuple(_whole(value, 2**31) for value in values)


def _whole(value: int, end: int) -> int:
    if not isinstance(value, int) or not 0 <= value < end:
        raise ValueError(f"{value!r} is not a whole number below {end}")
    return value


def _state(line: Line) -> State:
    h, c = (_array(line[part]).reshape(line["shape"]) for part in "hc")
    memory = line.get("memory")
    if memory is None:  # written by jokebox 0.1.0, which had no pointer
        return State(h, c)
    ids = np.array([_whole(id, 2**31) for id in memory["ids"]], np.int64)
    return State(h, c, _array(memory["keys"]).reshape(len(ids), memory["key_size"]), ids)


def _array(text: str) -> Array:
    array = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("a state that is not finite")
    return array


# Writing ------------------------------------------------------------------------------------------


def to_bytes(line: Line) -> bytes:
    """Return `line` as it is written to the file."""
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def began_line(when: str) -> Line:
    """Return the first line of a file."""
    return {"kind": "began", "format": FORMAT, "when": when}


def named_line(title: str) -> Line:
    """Return the line that gives the talk a title."""
    return {"kind": "named", "title": title}


def model_line(generator: Generator) -> Line:
    """Return the line that says whose weights talk from here on."""
    weights, vocabulary = identity(generator)
    name = generator.checkpoint.name
    return {"kind": "model", "name": name, "weights": weights, "vocabulary": vocabulary}


def turn_lines(turn: Turn) -> list[Line]:
    """Return the lines of a turn that began, with the words that its answer begins with."""
    line = {
        "kind": "turn",
        "number": turn.number,
        "parent": turn.parent,
        "prompt": turn.prompt,
        "opens": turn.opens_joke,
        "seed": turn.seed,
        "skipped": turn.skipped,
        "prompt_ids": turn.prompt_ids,
        "draft": turn.written,
        "drafts": turn.drafts,
    }
    return [line, *map(word_line, turn.words)]


def word_line(word: Word) -> Line:
    """Return the line of one word."""
    return {"kind": "word", **asdict(word)}


def ended_line(turn: Turn, state: State | None) -> Line:
    """Return the line that ends a turn; without a `state` it is read again when it is needed."""
    copied = turn.copied
    return {
        "kind": "ended",
        "how": turn.ended,
        "end_ids": turn.end_ids,
        "joke": turn.joke,
        "copied": copied
        and {"recited": copied.recited, "run": copied.longest_run, "source": copied.source},
        "others": [{"ids": other.ids, "how": other.ended} for other in turn.others],
        "state": state and _state_line(state),
    }


def _state_line(state: State) -> Line:
    return {
        "shape": state.h.shape,
        "h": _base64(state.h),
        "c": _base64(state.c),
        "memory": {
            "key_size": state.keys.shape[1],
            "keys": _base64(state.keys),
            "ids": state.ids.tolist(),
        },
    }


def moved_line(last: int | None, *, in_joke: bool) -> Line:
    """Return the line that says where the talk moved to."""
    return {"kind": "stands", "after": last, "in_joke": in_joke}


@lru_cache(maxsize=1)
def identity(generator: Generator) -> tuple[str, str]:
    """Return what tells these weights, and this vocabulary, from any other: two SHA-256."""
    tokenizer, weights = generator.tokenizer, generator.checkpoint.weights
    sha256 = hashlib.sha256(json.dumps([tokenizer.kind, tokenizer.words]).encode())
    vocabulary = sha256.hexdigest()
    for name in sorted(weights):
        sha256.update(f"{name} {weights[name].shape}".encode())
        sha256.update(np.ascontiguousarray(weights[name]).data)
    return sha256.hexdigest(), vocabulary


def _base64(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").data).decode()
