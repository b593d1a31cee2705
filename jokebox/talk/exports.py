"""Talks and favourites as files for other programs: Markdown, plain text, JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox import files
from jokebox.errors import TalkError
from jokebox.lm.text import sanitise

if TYPE_CHECKING:
    from jokebox.talk.favourites import Favourite
    from jokebox.talk.transcript import Transcript
    from jokebox.talk.turns import Turn

SUFFIXES = (".md", ".txt", ".jsonl")
NAME_LENGTH = 40  # of a file, in whole words
_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~&$]|^[-+=](?=\s|$)|(?<=\d)[.)](?=\s|$)")


def talk_as(suffix: str, title: str, talk: Transcript) -> str:
    """Return the current path of a talk, as a file that ends in one of SUFFIXES."""
    formats: Mapping[str, Callable[[str, Transcript], str]] = {
        ".md": _talk_in_markdown,
        ".txt": lambda _, talk: _lines([_joke(turns) for turns in talk.jokes]),
        ".jsonl": lambda _, talk: _lines([_json(_fields(turn)) for turn in talk.turns]),
    }
    return formats[suffix](title, talk)


def favourites_as(suffix: str, favourites: Sequence[Favourite]) -> str:
    """Return favourites, as a file that ends in one of SUFFIXES."""
    formats: Mapping[str, Callable[[Favourite], str]] = {
        ".md": lambda joke: f"- {_escape(joke.text)}",
        ".txt": lambda joke: joke.text,
        ".jsonl": lambda joke: _json(asdict(joke)),
    }
    return _lines([formats[suffix](joke) for joke in favourites])


def file_name(title: str) -> str:
    """Return a file name, without a suffix, that is possible on any system."""
    words = re.findall(r"\w+", sanitise(title).lower())
    name = words[0][:NAME_LENGTH] if words else "jokes"
    for word in words[1:]:
        if len(name) + 1 + len(word) > NAME_LENGTH:
            break
        name += f"-{word}"
    return name


def export(path: Path, content: bytes, *, replacing: bool) -> None:
    """Write a file of the user's.

    Raises TalkError if it cannot be written, or exists and may not be replaced.
    """
    if not replacing:
        check_new(path)
    try:
        with files.replacing(path, new=not replacing) as beside:
            beside.write_bytes(content)
    except OSError as error:
        raise TalkError("the export failed", f"{path}: {error.strerror or error}") from None


def check_new(path: Path) -> None:
    """Raise TalkError if there is such a file already."""
    if files.exists(path):
        raise TalkError("that file exists", f"{path}", "Choose another name.")


def _talk_in_markdown(title: str, talk: Transcript) -> str:
    parts = [f"# {_escape(title)}", f"{talk.began[:10]}, with {_escape(talk.model)}"]
    parts += [_joke(turns, lambda text: f"**{_escape(text)}**", _escape) for turns in talk.jokes]
    return "\n\n".join(parts) + "\n"


def _joke(
    turns: Sequence[Turn], prompt: Callable[[str], str] = str, answer: Callable[[str], str] = str
) -> str:
    """Return a joke over all its turns; `prompt` and `answer` format each part."""
    text = ""
    for turn in turns:
        if turn.prompt:
            text += f" {prompt(turn.prompt)}"
        text += answer("".join(word.text for word in turn.words))
    return text.strip()


def _escape(text: str) -> str:
    """Return `text` with all that means something in Markdown escaped."""
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", text)


def _fields(turn: Turn) -> dict[str, object]:
    """Return the fields of a turn under the names that exported files have always had."""
    fields = asdict(turn)
    return {"opens" if name == "opens_joke" else name: value for name, value in fields.items()}


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
