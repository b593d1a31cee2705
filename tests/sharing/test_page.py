"""The page as a browser shows it: complete, closed to the network, and readable without colours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from jokebox.lm.generator import Choice
from jokebox.lm.history import History
from jokebox.sharing.page import MOST_SAMPLES, SharedTalk, page
from jokebox.talk.transcript import Transcript
from jokebox.talk.turns import Turn, Word
from tests import small
from tests.browser import browser

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>\"'&"
TURN = small.turn(
    "Why did",
    Word(" the", 0.2, (4,)),
    Word(" owl", 9.5, (5,)),
    Word("?", 3.0, (6,)),
    ended="end-of-joke",
    joke="Why did the owl?",
)
GOES_ON = replace(TURN, number=1, parent=0, opens_joke=False, prompt="It", joke="…", ended="limit")
LIKELY = {
    (0, 1): (Choice(" cow", 0.75, (7,)), Choice("", 0.1, (0,)), Choice(" owl", 0.0014, (5,))),
}

COLOURS = """e => [
    getComputedStyle(e).color,
    getComputedStyle(e).backgroundColor,
    getComputedStyle(document.body).backgroundColor,
]"""
WEIGHTS = """all => all.map(e => [
    getComputedStyle(e).fontWeight,
    getComputedStyle(e).textDecorationLine,
])"""


def shared(*turns: Turn, title: str = "Owls", **changes: object) -> SharedTalk:
    talk = Transcript(
        "2026-01-02T03:04:05+00:00", model="farm", all_turns=[*turns], last=len(turns) - 1
    )
    return replace(SharedTalk(title, talk, LIKELY), **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


class Reader:
    """Opens pages from files; what they ask of the network or complain about is an error."""

    def __init__(self, chromium: Browser, folder: Path) -> None:
        self._chromium, self._folder = chromium, folder
        self.asked: list[str] = []
        self.complaints: list[str] = []

    def open(self, content: bytes, width: int = 1280, scheme: str = "light") -> Page:
        file = self._folder / "page.html"
        file.write_bytes(content)
        opened = self._chromium.new_page(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
        )
        opened.on("request", lambda request: self.asked.append(request.url))
        opened.on("console", lambda message: self.complaints.append(message.text))
        opened.on("pageerror", lambda error: self.complaints.append(str(error)))
        opened.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        opened.goto(file.as_uri())
        return opened


@pytest.fixture
def reader(chromium: Browser, tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(chromium, tmp_path)
    yield reader
    assert all(url.startswith("file:") for url in reader.asked)
    assert len(reader.asked) == 1
    assert reader.complaints == []
    for context in chromium.contexts:
        context.close()


def test_a_talk_reads_as_it_was_told(reader: Reader) -> None:
    opened = reader.open(page([shared(TURN, GOES_ON)], [], {}))
    assert opened.title() == "Owls - jokebox"
    assert opened.locator(".joke").inner_text() == "Why did the owl? It the owl? …"
    assert opened.locator(".about").inner_text() == "A talk with farm, 2026-01-02"


def test_pointing_at_a_word_shows_what_could_have_been_told_instead(reader: Reader) -> None:
    opened = reader.open(page([shared(TURN)], [], {}))
    owl, why = opened.locator(".word").nth(1), opened.locator(".why").nth(1)
    assert not why.is_visible()
    owl.hover()
    assert why.is_visible()
    assert "owl cost 9.5 bits: the model gave it 0.14 %." in why.inner_text()
    rows = [" ".join(row.inner_text().split()) for row in why.locator(".row").all()]
    assert rows == ["cow 75 %", "(the joke ends) 10 %", "owl 0.14 %"]
    widths = [bar.bounding_box() for bar in why.locator("i").all()]
    assert [box["width"] > 1 for box in widths if box] == [True, True, False]
    assert why.locator(".told").count() == 1


def test_a_word_can_be_reached_by_keys(reader: Reader) -> None:
    opened = reader.open(page([shared(TURN)], [], {}))
    for _ in range(2):
        opened.keyboard.press("Tab")
    assert opened.locator(".why").nth(1).is_visible()
    assert not opened.locator(".why").nth(0).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_has_room_on_a_phone_and_a_screen(reader: Reader, width: int, scheme: str) -> None:
    models = [replace(small.untrained(), name=name) for name in ("farm", "barn")]
    opened = reader.open(page([shared(TURN)], models, {"lzma": 2.2}), width, scheme)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    opened.locator(".word").nth(1).hover()
    box = opened.locator(".why").nth(1).bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= width - box["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_however_surprising_they_were(reader: Reader, scheme: str) -> None:
    words = tuple(Word(f" w{bits}", bits, (1,)) for bits in (0.5, 2, 4, 7, 12))
    opened = reader.open(page([shared(replace(TURN, words=words))], [], {}), scheme=scheme)
    for place in range(len(words)):
        colours = opened.locator(".word").nth(place).evaluate(COLOURS)
        text, back, body = (_numbers(colour) for colour in colours)
        assert _contrast(text, back if back[3:] != [0.0] else body) >= 4.5
    looks = opened.locator(".word").evaluate_all(WEIGHTS)
    assert [look == ["700", "underline"] for look in looks] == [False] * 4 + [True]
    assert opened.locator(".levels li").count() == 6


def _numbers(colour: str) -> list[float]:
    return [float(part) for part in colour.partition("(")[2].rstrip(")").split(",")]


def _contrast(one: list[float], other: list[float]) -> float:
    """Return the contrast of two colours as WCAG defines it."""

    def light(colour: list[float]) -> float:
        parts = [part / 255 for part in colour[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(share * p for share, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_nothing_that_a_talk_or_a_model_brings_is_run(reader: Reader) -> None:
    turn = replace(
        TURN, prompt=HOSTILE, joke=HOSTILE, words=(Word(f" {HOSTILE}\u202e\x1b[2J", 4.0, (1,)),)
    )
    likely = {(0, 0): (Choice(f" {HOSTILE}", 0.5, (1,)),)}
    history = History(HOSTILE, ((1, 2.0),), ((0, 3.0), (1, 2.0)), ((1, HOSTILE),))
    model = replace(small.untrained(), name=HOSTILE, history=history)
    talk = shared(turn, title=HOSTILE, likely=likely, missing=HOSTILE)
    content = page([talk], [model, replace(model, name="barn")], {"lzma": 2.0})
    opened = reader.open(content)
    opened.locator(".word").hover()
    assert opened.title().endswith("jokebox")
    assert opened.locator("script, img, iframe, link").count() == 0
    assert HOSTILE in opened.locator(".joke").inner_text()
    assert not {"\u202e", "\x1b"} & set(content.decode())


def test_a_page_may_not_use_the_network_or_a_script(reader: Reader) -> None:
    opened = reader.open(page([shared(TURN)], [], {}))
    policy = opened.locator("meta[http-equiv]").get_attribute("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_of_one_model_both_curves_are_drawn_with_what_it_said(reader: Reader) -> None:
    opened = reader.open(page([], [small.untrained()], {"lzma": 2.2}))
    assert opened.locator("h1").inner_text() == "How small learnt"
    assert opened.locator("polyline").count() == 2
    chart = " ".join(opened.locator(".chart text").all_text_contents())
    for text in ("steps of training", "bits per byte", "unseen jokes", "training jokes"):
        assert text in chart
    assert "compressor 2.20" in chart
    assert opened.locator(".samples li").count() == 2
    assert "Why did the cow" in opened.locator(".samples").inner_text()


def test_several_models_are_compared(reader: Reader) -> None:
    one = replace(small.untrained(), name="farm")
    other = replace(one, name="barn", validation_bits_per_byte=3.25)
    elsewhere = replace(one, name="zoo", corpus=small.corpus(50))
    opened = reader.open(page([], [one, other, elsewhere], {}))
    assert opened.locator("polyline").count() == 2
    assert opened.locator("thead th").all_inner_texts() == ["farm", "barn", "zoo"]
    scores = opened.locator("tbody tr").first.locator("td").all_inner_texts()
    assert scores == ["2.500", "3.250", "2.500"]
    assert "zoo was scored on other jokes" in opened.locator("figcaption").inner_text()
    assert opened.locator(".samples h3").all_inner_texts() == ["farm", "barn", "zoo"]


def test_of_many_samples_the_first_the_last_and_some_between_are_shown(reader: Reader) -> None:
    samples = tuple((step, f"Sample {step}.") for step in range(50))
    history = History("", ((49, 2.0),), ((49, 2.0),), samples)
    opened = reader.open(page([], [replace(small.untrained(), history=history)], {}))
    texts = opened.locator(".samples li p").all_inner_texts()
    assert len(texts) == MOST_SAMPLES
    assert (texts[0], texts[-1]) == ("Sample 0.", "Sample 49.")


def test_a_model_that_was_never_scored_is_shown_without_curves(reader: Reader) -> None:
    model = replace(small.untrained(), history=History(), validation_bits_per_byte=None)
    opened = reader.open(page([], [model], {}))
    assert opened.locator(".chart").count() == 0
    assert "no score" in opened.locator("table").inner_text()
    assert "Nothing was kept." in opened.locator(".samples").inner_text()


def test_what_is_not_known_is_said(reader: Reader) -> None:
    opened = reader.open(page([shared(TURN, likely={}, missing="The model is gone.")], [], {}))
    assert "The model is gone." in opened.locator("aside").inner_text()
    opened.locator(".word").nth(1).hover()
    assert "9.5 bits" in opened.locator(".why").nth(1).inner_text()
