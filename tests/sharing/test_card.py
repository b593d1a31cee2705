from __future__ import annotations

import re
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from jokebox.errors import JokeboxError
from jokebox.sharing.card import HEIGHT, WIDTH, as_png, card
from jokebox.talk.turns import Turn, Word
from tests import small

TURN = small.turn(
    "Why did",
    Word(" the", 0.2, (4,)),
    Word(" owl", 9.5, (5,)),
    Word("?", 4.0, (6,)),
    joke="Why did the owl?",
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(svg).findall(f"{SVG}text")


def told(text: str) -> Turn:
    words = tuple(Word(f" {word}", 2.0, (1,)) for word in text.split())
    return replace(TURN, prompt="", words=words, joke=text)


def test_a_card_has_the_joke_the_model_and_jokebox() -> None:
    svg = card([TURN], "farm")
    *joke, model, name = [text.text for text in texts(svg)]
    assert joke == ["Why", "did", "the", "owl", "?"]
    assert str(model).startswith("told by farm")
    assert name == "jokebox"
    title = ElementTree.fromstring(svg).find(f"{SVG}title")
    assert title is not None
    assert title.text == TURN.joke


def test_words_are_shaded_by_how_surprising_they_were() -> None:
    styles = [text.get("class") for text in texts(card([TURN], "farm"))[:5]]
    assert styles == ["you", "you", "s0", "s4", "s2"]


def test_a_mark_stands_right_behind_its_word() -> None:
    owl, mark = texts(card([TURN], "farm"))[3:5]
    end = float(owl.get("x", "")) + float(owl.get("textLength", ""))
    assert float(mark.get("x", "")) == pytest.approx(end, abs=0.2)


@pytest.mark.parametrize("joke", ["word " * 30, "word " * 400, "x" * 500, "漢字 " * 60])
def test_a_joke_of_any_length_stays_inside_the_card(joke: str) -> None:
    root = ElementTree.fromstring(card([told(joke)], "farm"))
    for text in root.findall(f"{SVG}text")[:-2]:
        assert float(text.get("x", "")) + float(text.get("textLength", "")) <= WIDTH - 80
        assert float(text.get("y", "")) < float(root.get("height", "")) - 80
    shown = "".join(str(text.text) for text in root.findall(f"{SVG}text")[:-2])
    assert shown == joke.replace(" ", "")


def test_a_short_joke_has_larger_letters_than_a_long_one() -> None:
    sizes = [
        float(texts(card([told(joke)], "farm"))[0].get("font-size", ""))
        for joke in ("A joke.", "word " * 60)
    ]
    assert sizes[0] > sizes[1]


def test_all_turns_of_a_joke_are_on_it() -> None:
    more = replace(TURN, number=1, prompt="It", opens_joke=False, joke="Why did the owl? It owl")
    assert [text.text for text in texts(card([TURN, more], "farm"))[5:7]] == ["It", "the"]


def test_hostile_text_stays_text() -> None:
    svg = card([told("</text><script>alert(1)</script>\x1b\u202e")], '"/><script>')
    assert ElementTree.fromstring(svg).find(f".//{SVG}script") is None
    assert not {"\x1b", "\u202e"} & set(svg)


def test_the_picture_has_the_size_of_the_card_and_something_on_it() -> None:
    png = as_png(card([TURN], "farm"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (WIDTH, HEIGHT)
    empty = re.sub(r"<text .*?</text>", "", card([TURN], "farm"))
    assert len(png) > 2 * len(as_png(empty))


def test_without_the_packages_for_it_a_picture_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(JokeboxError, match=r"pip install 'jokebox\[png\]'"):
        as_png(card([TURN], "farm"))
