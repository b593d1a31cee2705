from __future__ import annotations

import pytest

from jokebox.train.fields import is_deleted, join, listed


@pytest.mark.parametrize("text", ["[deleted]", " [Removed] ", "[ deleted by user ]"])
def test_a_deleted_post_is_recognised(text: str) -> None:
    assert is_deleted(text)


@pytest.mark.parametrize("text", ["", "deleted", "He was [deleted]", "[deleteds]"])
def test_a_joke_about_deleting_is_a_joke(text: str) -> None:
    assert not is_deleted(text)


def test_empty_parts_of_a_joke_leave_no_space() -> None:
    assert join(["Why?", " ", " Because. "]) == "Why? Because."


def test_a_list_of_columns_is_short_and_safe_to_show() -> None:
    assert listed(["a", " ", "\x1b[31m"]) == "a, (no name), [31m"
    assert len(listed(["x" * 1000] * 80_000)) < 400
    assert listed(map(str, range(10))).endswith("7 and 2 more")
