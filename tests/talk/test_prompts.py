from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jokebox import paths
from jokebox.talk.prompts import LIMIT, PromptHistory


def back(history: PromptHistory) -> list[str]:
    """Return all prompts, newest first."""
    seen: list[str] = []
    while (shown := history.move(-1, "")) not in seen:
        seen.append(shown)
    return seen


def test_up_and_down_walk_the_prompts_and_keep_the_draft() -> None:
    history = PromptHistory()
    for prompt in ("one", "two"):
        history.add(prompt)
    assert [history.move(-1, shown) for shown in ("dra", "two", "one")] == ["two", "one", "one"]
    assert [history.move(1, shown) for shown in ("one", "two", "dra")] == ["two", "dra", "dra"]


def test_an_empty_history_leaves_the_draft() -> None:
    history = PromptHistory()
    assert history.move(-1, "draft") == "draft"
    assert history.move(1, "draft") == "draft"


def test_prompts_are_remembered_between_runs() -> None:
    PromptHistory().add("Why did the cow")
    PromptHistory().add("größer \U0001f404")
    assert back(PromptHistory()) == ["größer \U0001f404", "Why did the cow"]


def test_neither_empty_prompts_nor_repetitions_are_remembered() -> None:
    history = PromptHistory()
    for prompt in ("one", "one ", "", "two", "one"):
        history.add(prompt)
    assert paths.prompts_file().read_text() == "one\ntwo\none\n"


def test_only_the_last_prompts_are_remembered() -> None:
    history = PromptHistory()
    path = paths.prompts_file()
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{i}\n" for i in range(LIMIT)))
    history.add("new")
    assert path.read_text().splitlines() == [*map(str, range(1, LIMIT)), "new"]


def test_two_runs_side_by_side_lose_no_prompt() -> None:
    one, other = PromptHistory(), PromptHistory()
    one.add("one")
    other.add("other")
    assert back(PromptHistory()) == ["other", "one"]


def test_the_readable_lines_of_a_damaged_file_are_used() -> None:
    path = paths.prompts_file()
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\x1b[31mmoo\n\n\0\nWhy\r\n")
    assert back(PromptHistory())[0] == "Why"
    assert "\x1b" not in "".join(back(PromptHistory()))


def test_a_prompt_that_cannot_be_stored_is_logged_and_remembered_meanwhile(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home.write_text("a file where the folder should be")
    history = PromptHistory()
    history.add("one")
    assert back(history) == ["one"]
    assert "not kept" in caplog.text


def test_no_prompt_is_lost_if_several_jokeboxes_write_at_once() -> None:
    def write(who: int) -> None:
        history = PromptHistory()
        for number in range(20):
            history.add(f"{who} {number}")

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = paths.prompts_file().read_text().splitlines()
    assert sorted(kept) == sorted(f"{who} {number}" for who in range(4) for number in range(20))


def test_earlier_prompts_are_listed_the_last_one_first_and_each_once() -> None:
    history = PromptHistory()
    for prompt in ("cow", "owl", "cow"):
        history.add(prompt)
    assert PromptHistory().newest_first() == ["cow", "owl"]
