"""A talk as its file tells it: lines of JSON, each a thing that happened.

began   the format, and when
model   whose weights speak from here on
turn    a prompt was read; the talk stands after it
word    one more of the answer to it
ended   the answer, with the state after it
stands  the talk went elsewhere: back, to a branch, to an alternative
named   the user gave the talk a title
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import numpy as np

from jokebox.conversation import Ending, Turn, Word, way
from jokebox.errors import TalkError
from jokebox.lm.generator import Array, Generator, State
from jokebox.lm.novelty import Copied
from jokebox.lm.text import sanitise

FORMAT = 1
Line = dict[str, Any]


@dataclass
class Kept:
    """All that the lines heard so far have told."""

    began: str = ""  # ISO 8601, UTC
    title: str = ""  # empty where the user gave none
    model: str = ""
    weights: str = ""
    vocabulary: str = ""
    told: list[Turn] = field(default_factory=list)
    last: int | None = None
    in_joke: bool = False
    speaking: bool = False  # the last turn has not ended yet
    states: dict[int, State] = field(default_factory=dict)  # made by `weights`, after these turns
    foreign: int = 0  # the turns before this one are in the ids of another vocabulary
    size: int = 0  # bytes of the file that are whole

    @property
    def turns(self) -> tuple[Turn, ...]:
        """From the first turn to where the talk stands."""
        return way(self.told, self.last)

    @property
    def jokes(self) -> list[list[Turn]]:
        """`turns`, those of a joke together."""
        jokes: list[list[Turn]] = []
        for turn in self.turns:
            if turn.opens or not jokes:
                jokes.append([])
            jokes[-1].append(turn)
        return jokes

    def hear(self, line: Line) -> None:
        """Take one line in. Raises one of `WRONG` where it is none, and changes nothing then."""
        kind = line["kind"]
        if (kind == "began") == bool(self.began):
            raise ValueError("a talk begins once, with its first line")
        match kind:
            case "began":
                self.began = _text(line["when"])
            case "named":
                self.title = _text(line["title"])
            case "model":
                self._hear_model(_text(line["name"]), line["weights"], line["vocabulary"])
            case "turn":
                self.told.append(_turn(line, len(self.told)))
                self.last, self.in_joke, self.speaking = len(self.told) - 1, True, True
            case "word":
                turn = self.told[-1]
                self.told[-1] = replace(turn, words=(*turn.words, _word(line)))
            case "ended":
                self._hear_ending(line)
            case "stands":
                after = line["after"]
                self.last = None if after is None else _whole(after, len(self.told))
                self.in_joke = bool(line["in_joke"])
            case _:
                raise ValueError(f"{kind!r} is no kind of line")

    def _hear_model(self, name: str, weights: str, vocabulary: str) -> None:
        if vocabulary != self.vocabulary:
            self.foreign = len(self.told)
        # a state means nothing to other weights
        self.model, self.weights, self.vocabulary, self.states = name, weights, vocabulary, {}

    def _hear_ending(self, line: Line) -> None:
        turn, how = self.told[-1], line["how"]
        if how not in get_args(Ending):
            raise ValueError(f"no answer ends with {how!r}")
        copied = line["copied"]
        ended = replace(
            turn,
            ended=how,
            end_ids=_ids(line["end_ids"]),
            joke=_text(line["joke"]),
            copied=copied and Copied(copied["recited"], copied["run"], _text(copied["source"])),
        )
        state = line["state"]
        if state is not None:
            self.states[turn.number] = State(*(_array(state[part], state) for part in "hc"))
        self.told[-1] = ended
        self.in_joke, self.speaking = how != "end-of-joke", False


_WORD = b'{"kind":"word",'
WRONG = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)


def read(path: Path, *, skim: bool = False) -> Kept:
    """The talk in `path`; without the single words, which are most of it, to `skim` it.

    A last line that a crash has cut off is left out.

    Raises TalkError where there is no such talk, another line is damaged, or it is of a newer
    format.
    """
    try:
        *lines, _cut_off = path.read_bytes().split(b"\n")
    except OSError as error:
        raise TalkError("this talk cannot be read", f"{path}: {error.strerror}") from None
    kept = Kept()
    for number, content in enumerate(lines, 1):
        try:
            if not (skim and content.startswith(_WORD)):
                line = json.loads(content)
                if number == 1:
                    _check_format(path, line["format"])
                kept.hear(line)
        except WRONG as error:
            if number == len(lines) > 1:
                break
            raise TalkError(
                "a talk is damaged",
                f"{path}, line {number}: {error}",
                "The file was left as it is; mend that line, or remove the talk.",
            ) from None
        kept.size += len(content) + 1
    return kept


def to_bytes(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def began(when: str) -> Line:
    return {"kind": "began", "format": FORMAT, "when": when}


def named(title: str) -> Line:
    return {"kind": "named", "title": title}


def model(generator: Generator) -> Line:
    weights, vocabulary = identity(generator)
    name = generator.checkpoint.name
    return {"kind": "model", "name": name, "weights": weights, "vocabulary": vocabulary}


def turn(turn: Turn) -> Line:
    names = ("number", "parent", "prompt", "opens", "seed", "skipped", "prompt_ids", "draft")
    return {"kind": "turn", **{name: getattr(turn, name) for name in names}}


def word(word: Word) -> Line:
    return {"kind": "word", **asdict(word)}


def ended(turn: Turn, state: State | None) -> Line:
    copied = turn.copied
    return {
        "kind": "ended",
        "how": turn.ended,
        "end_ids": turn.end_ids,
        "joke": turn.joke,
        "copied": copied
        and {"recited": copied.recited, "run": copied.longest_run, "source": copied.source},
        "state": state and {"shape": state.h.shape, "h": _base64(state.h), "c": _base64(state.c)},
    }


def stands(after: int | None, *, in_joke: bool) -> Line:
    return {"kind": "stands", "after": after, "in_joke": in_joke}


@lru_cache(maxsize=1)
def identity(generator: Generator) -> tuple[str, str]:
    """What tells these weights, and this vocabulary, from any other."""
    tokenizer, weights = generator.tokenizer, generator.checkpoint.weights
    sha256 = hashlib.sha256(json.dumps([tokenizer.kind, tokenizer.words]).encode())
    vocabulary = sha256.hexdigest()
    for name in sorted(weights):
        sha256.update(f"{name} {weights[name].shape}".encode())
        sha256.update(np.ascontiguousarray(weights[name]).data)
    return sha256.hexdigest(), vocabulary


def _check_format(path: Path, version: object) -> None:
    if not isinstance(version, int):
        raise ValueError("its format is no number")
    if version > FORMAT:
        raise TalkError(
            "this talk was kept by a newer jokebox",
            f"{path} has format {version}, this jokebox reads up to {FORMAT}",
            "Upgrade jokebox; the file was left as it is.",
        )


def _turn(line: Line, number: int) -> Turn:
    if line["number"] != number:
        raise ValueError(f"turn {line['number']} where {number} was due")
    parent = line["parent"]
    return Turn(
        number=number,
        parent=None if parent is None else _whole(parent, number),
        prompt=_text(line["prompt"]),
        opens=bool(line["opens"]),
        seed=_whole(line["seed"], 2**64),
        skipped=tuple(map(_text, line["skipped"])),
        prompt_ids=_ids(line["prompt_ids"]),
        draft=bool(line["draft"]),
    )


def _word(line: Line) -> Word:
    return Word(_text(line["text"]), float(line["bits"]), _ids(line["ids"]))


def _text(value: str) -> str:
    return sanitise(value)


def _ids(values: list[int]) -> tuple[int, ...]:
    return tuple(_whole(value, 2**31) for value in values)


def _whole(value: int, end: int) -> int:
    if not isinstance(value, int) or not 0 <= value < end:
        raise ValueError(f"{value!r} is not a whole number below {end}")
    return value


def _base64(array: Array) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").data).decode()


def _array(text: str, state: Line) -> Array:
    array = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError("a state that is not finite")
    return array.reshape(state["shape"])
