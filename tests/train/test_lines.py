from __future__ import annotations

from functools import partial

from jokebox.train.lines import text_rows
from tests.train.rows import left_out, read, source

LINES = partial(text_rows, blocks=False)
BLOCKS = partial(text_rows, blocks=True)


def test_a_line_is_a_joke_whatever_ends_it() -> None:
    for content in ("One.\n\n  \nTwo.", "One.\r\nTwo.\r\n", "One.\rTwo.\r"):
        assert read(LINES, source(content, ".txt")) == ["One.", "Two."]


def test_a_header_is_no_joke() -> None:
    opened = source("\nJoke\r\nOne.\nJoke\n", ".txt")
    assert read(LINES, opened) == ["One.", "Joke"]
    assert left_out(LINES, opened) == [(2, "header")]


def test_quotes_around_the_lines_are_taken_off() -> None:
    assert read(LINES, source('"One, ""two""."\n"Three."\nFour "five"\n', ".txt")) == [
        'One, "two".',
        "Three.",
        'Four "five"',
    ]


def test_blank_lines_that_look_like_ends_are_noticed_and_blocks_can_be_read() -> None:
    opened = source("a cow\nsighs\n\n" * 6, ".txt")
    assert len(read(LINES, opened)) == 12
    assert "--blocks" in opened.notices[0]
    assert read(BLOCKS, source("a cow\n  sighs\n\n\na dog\n", ".txt")) == ["a cow sighs", "a dog"]


def test_blank_lines_between_jokes_of_a_line_need_no_notice() -> None:
    opened = source("A cow sighs.\n\n" * 9, ".txt")
    assert len(read(LINES, opened)) == 9
    assert not opened.notices


def test_marks_end_a_joke_and_are_not_learnt() -> None:
    for content in (
        "<|startoftext|>One.<|endoftext|>\n<|startoftext|>Two\nthree.<|endoftext|>\n",
        "One.\n<|endoftext|>\nTwo\nthree.\n<|endoftext|>\n",
        "One.<|endoftext|>Two\nthree.",
    ):
        opened = source(content, ".txt")
        assert read(LINES, opened) == ["One.", "Two three."]
        assert "<|endoftext|>" in opened.notices[0]


def test_one_mark_among_many_lines_glues_nothing() -> None:
    opened = source("A joke.\n" * 30 + "<|endoftext|>\n", ".txt")
    assert len(read(LINES, opened)) == 31


def test_an_item_of_a_list_in_markdown_is_a_joke() -> None:
    content = "# Jokes\n\nSome of mine:\n\n- One.\n* Two\n  three.\n\n1. Four.\n2) Five.\n\nBye.\n"
    opened = source(content, ".md")
    assert read(LINES, opened) == ["One.", "Two three.", "Four.", "Five."]
    assert left_out(LINES, opened) == [
        (1, "heading"),
        (3, "not a list item"),
        (12, "not a list item"),
    ]


def test_without_a_list_a_paragraph_of_markdown_is_a_joke() -> None:
    opened = source("# Jokes\nOne\ntwo.\n\nThree.\n", ".md")
    assert read(LINES, opened) == ["One two.", "Three."]
    assert left_out(LINES, opened) == [(1, "heading")]


def test_a_deleted_post_is_left_out() -> None:
    assert left_out(LINES, source("One.\n[deleted]\n", ".txt")) == [(2, "deleted")]
