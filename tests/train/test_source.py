from __future__ import annotations

from jokebox.train.source import LONGEST_LINE
from tests.train.rows import source


def test_lines_keep_their_ends_and_their_letters() -> None:
    opened = source("a\nb\r\nü")
    assert list(opened.lines(newline="")) == ["a\n", "b\r\n", "ü"]
    assert opened.text() == "a\nb\r\nü"
    assert opened.sample() == ["a\n", "b\r\n", "ü"]


def test_a_line_without_end_is_cut_and_the_next_one_is_read() -> None:
    opened = source("x" * (2 * LONGEST_LINE + 5) + "\nnext\n")
    assert [len(line) for line in opened.lines()] == [LONGEST_LINE, len("next\n")]


def test_it_knows_how_much_was_read() -> None:
    opened = source("a joke\n" * 10_000)
    shares = [opened.share for _ in opened.lines()]
    assert shares == sorted(shares)
    assert shares[0] < shares[5000] < shares[-1] <= 1
