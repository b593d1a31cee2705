"""Talks and favourites for the user to take along: Markdown, plain text, JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jokebox.errors import TalkError
from jokebox.files import write_atomically
from jokebox.lm.text import sanitise

if TYPE_CHECKING:
    from jokebox.conversation import Turn
    from jokebox.favourites import Favourite
    from jokebox.kept import Kept

SUFFIXES = (".md", ".txt", ".jsonl")
_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~&$]|^[-+=](?=\s|$)|(?<=\d)[.)](?=\s|$)")


def talk_as(suffix: str, title: str, kept: Kept) -> str:
    """The talk where it stands, as a file that ends in one of SUFFIXES."""
    ways: Mapping[str, Callable[[str, Kept], str]] = {
        ".md": _talk_in_markdown,
        ".txt": lambda _, kept: _lines([_joke(turns) for turns in kept.jokes]),
        ".jsonl": lambda _, kept: _lines([_json(asdict(turn)) for turn in kept.turns]),
    }
    return ways[suffix](title, kept)


def favourites_as(suffix: str, favourites: Sequence[Favourite]) -> str:
    """Favourites as a file that ends in one of SUFFIXES."""
    ways: Mapping[str, Callable[[Favourite], str]] = {
        ".md": lambda joke: f"- {_escape(joke.text)}",
        ".txt": lambda joke: joke.text,
        ".jsonl": lambda joke: _json(asdict(joke)),
    }
    return _lines([ways[suffix](joke) for joke in favourites])


def file_name(title: str) -> str:
    """What a file with this title may be called anywhere, without a suffix."""
    plain = re.sub(r"[^\w]+", "-", sanitise(title)).strip("-")
    return plain[:40].strip("-").lower() or "jokes"


def export(path: Path, content: str, *, replacing: bool) -> None:
    """Write a file of the user's.

    Raises TalkError where it cannot be written, or stands there and is not to be replaced.
    """
    if path.exists() and not replacing:
        raise TalkError("that file exists", f"{path}", "Choose another name.")
    try:
        write_atomically(path, content.encode())
    except OSError as error:
        raise TalkError("the export failed", f"{path}: {error.strerror or error}") from None


def _talk_in_markdown(title: str, kept: Kept) -> str:
    parts = [f"# {_escape(title)}", f"{kept.began[:10]}, with {_escape(kept.model)}"]
    parts += [_joke(turns, lambda text: f"**{_escape(text)}**", _escape) for turns in kept.jokes]
    return "\n\n".join(parts) + "\n"


def _joke(
    turns: Sequence[Turn], prompt: Callable[[str], str] = str, answer: Callable[[str], str] = str
) -> str:
    """A joke over all its turns; `prompt` and `answer` say how each part is written."""
    text = ""
    for turn in turns:
        if turn.prompt:
            text += f" {prompt(turn.prompt)}"
        text += answer("".join(word.text for word in turn.words))
    return text.strip()


def _escape(text: str) -> str:
    """`text` as it stands, with nothing in it that Markdown would take for a sign."""
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", text)


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
