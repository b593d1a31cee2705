from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jokebox.errors import TalkError
from jokebox.talk.exports import SUFFIXES, export, favourites_as, file_name, talk_as
from jokebox.talk.favourites import Favourite
from jokebox.talk.transcript import Transcript
from jokebox.talk.turns import Word
from tests import small

FIRST = small.turn(
    "Knock *knock*.",
    Word(" Who's", 2.5, (4,)),
    Word(" there", 1.0, (5,)),
    Word("?", 0.5, (6,)),
    joke="Knock *knock*. Who's there?",
)
SECOND = replace(
    FIRST,
    number=1,
    parent=0,
    prompt="Lettuce.",
    opens_joke=False,
    words=(Word(" <b>", 1.0, (7,)),),
    joke="Knock *knock*. Who's there? Lettuce. <b>",
)
THIRD = replace(
    FIRST, number=2, parent=1, prompt="", words=(Word(" 1.", 1.0, (7,)),), joke="1.", seed=3
)
ELSEWHERE = replace(FIRST, number=3, joke="another way")
TALK = Transcript(
    "2026-01-02T03:04:05+00:00", model="a_b", all_turns=[FIRST, SECOND, THIRD, ELSEWHERE], last=2
)
MARKED = [Favourite("Moo *loud*.", "Moo", "small", "2026-01-01"), Favourite("Hoot.", "", "s", "")]


def test_a_talk_in_markdown_shows_who_said_what_with_its_characters_escaped() -> None:
    assert talk_as(".md", "Knock *knock*", TALK) == (
        "# Knock \\*knock\\*\n\n"
        "2026-01-02, with a\\_b\n\n"
        "**Knock \\*knock\\*.** Who's there? **Lettuce.** \\<b\\>\n\n"
        "1\\.\n"
    )


def test_a_talk_as_text_is_a_joke_a_line() -> None:
    assert talk_as(".txt", "", TALK) == "Knock *knock*. Who's there? Lettuce. <b>\n1.\n"


def test_a_talk_in_json_lines_has_all_of_each_turn() -> None:
    turns = [json.loads(line) for line in talk_as(".jsonl", "", TALK).splitlines()]
    assert [turn["number"] for turn in turns] == [0, 1, 2]
    assert turns[0]["words"][0] == {"text": " Who's", "bits": 2.5, "ids": [4]}


def test_favourites_in_each_format() -> None:
    texts = [favourites_as(suffix, MARKED) for suffix in SUFFIXES]
    assert texts[0] == "- Moo \\*loud\\*.\n- Hoot.\n"
    assert texts[1] == "Moo *loud*.\nHoot.\n"
    assert json.loads(texts[2].splitlines()[0])["model"] == "small"


def test_an_existing_file_is_replaced_only_on_request(tmp_path: Path) -> None:
    path = tmp_path / "new" / "talk.md"
    export(path, b"one", replacing=False)
    with pytest.raises(TalkError, match="exists"):
        export(path, b"two", replacing=False)
    assert path.read_text() == "one"
    export(path, b"two", replacing=True)
    assert path.read_text() == "two"


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TalkError, match="export failed"):
        export(tmp_path / "file" / "talk.md", b"one", replacing=False)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Why did the cow …", "why-did-the-cow"),
        ("../../etc/passwd", "etc-passwd"),
        ("\x1b[31m\u202e", "31m"),
        ("???", "jokes"),
        ("größe " * 20, "größe-größe-größe-größe-größe-größe"),
        ("x" * 50, "x" * 40),
    ],
)
def test_a_title_makes_a_file_name(title: str, name: str) -> None:
    assert file_name(title) == name
