from __future__ import annotations

import pytest

from jokebox.train.source import Row, Source
from jokebox.train.tidying import tidied
from tests.train.rows import source


def tidy(*texts: str) -> tuple[list[str], Source]:
    opened = source("")
    rows = (Row(line, text) for line, text in enumerate(texts, 1))
    return [row.text.strip() for row in tidied(rows, opened)], opened


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<|startoftext|>One.<|endoftext|>", "One."),
        ("<s>One.</s>", "One."),
        ("[BOS]One.[EOS]", "One."),
        ("Tom &amp; Jerry&#39;s", "Tom & Jerry's"),
        ("Tom &amp;amp; Jerry", "Tom & Jerry"),
        ("One.<br/>Two.", "One. Two."),
        ('A <a href="x">very</a> <b>bold</b> cow', "A very bold cow"),
    ],
)
def test_marks_and_html_are_removed_with_a_notice(text: str, plain: str) -> None:
    found, opened = tidy(text)
    assert found == [plain]
    assert "removed from 1 row" in opened.notices[0]


@pytest.mark.parametrize("text", ["1 < 2 & 3 > 2", "I <3 you", "AT&T; R&D", "a [sic] joke", "&;"])
def test_other_text_stays_as_it_is(text: str) -> None:
    found, opened = tidy(text)
    assert found == [text]
    assert not opened.notices


@pytest.mark.parametrize("form", ["{}. ", "{}) ", "({}) ", "#{} ", "{}: ", "{} - "])
def test_numbering_is_removed_with_a_notice(form: str) -> None:
    found, opened = tidy(*(form.format(i) + f"Joke {i} is odd." for i in range(1, 9)))
    assert found == [f"Joke {i} is odd." for i in range(1, 9)]
    assert "numbering removed from 8 rows" in opened.notices[0]


def test_numbers_that_are_not_a_numbering_stay() -> None:
    jokes = ["2. Bundesliga is fun.", "99 cows walk in.", "2. Again.", "100 dogs walk in."]
    assert tidy(*jokes)[0] == jokes


def test_bullets_are_removed_if_most_jokes_have_them() -> None:
    assert tidy("- One.", "- Two.", "- Three.", "- Four.")[0] == ["One.", "Two.", "Three.", "Four."]
    assert tidy("- One.", "Two.", "Three.")[0] == ["- One.", "Two.", "Three."]
