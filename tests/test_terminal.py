from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from jokebox.library import Library
from jokebox.settings import Settings, save_settings
from tests import small
from tests.terminal import terminal

# each keeps a core busy: side by side they would only wait for each other
pytestmark = pytest.mark.xdist_group("terminal")

PROMPT = "Why did the owl"


def test_the_first_frame_explains_itself_and_learning_begins() -> None:
    with terminal() as shown:
        shown.sees("jokebox", "Start a joke, I finish it.", "^p More", "Start a joke, or press")
        shown.sees("learning")
        shown.process.send_signal(signal.SIGTERM)
        shown.wait()
        assert shown.restored


def test_a_prompt_is_typed_and_words_arrive_one_by_one_until_escape() -> None:
    small.shelve("farm", small.endless())
    save_settings(Settings(words_per_second=2, word_limit=10_000, drafts=1, seed=1))
    with terminal() as shown:
        shown.sees("farm  2.500 bits/byte")
        shown.type(PROMPT)
        shown.sees(PROMPT)
        shown.type("\r")
        seen: list[str] = []

        def partly(text: str) -> bool:
            talk = " ".join(line.partition("│")[0].strip() for line in text.splitlines())
            answer, cursor, _ = talk.partition(PROMPT)[2].partition("▌")
            if answer and cursor and "waits for" not in answer and answer not in seen:
                seen.append(answer)
            return len(seen) >= 3

        shown.until(partly)
        assert seen[1].startswith(seen[0])
        assert seen[2].startswith(seen[1])
        shown.type("\x1b")
        shown.sees("Continue it")
        shown.type("\x11")
        assert shown.wait() == 0


def test_what_is_typed_before_the_first_frame_is_not_lost() -> None:
    small.shelve("farm", small.endless())
    save_settings(Settings(words_per_second=0, word_limit=8, seed=1))
    with terminal() as shown:
        # at once: the terminal is not set up yet, echoes the keys, and sends enter as a new line
        shown.type(f"{PROMPT}\rmoon")
        shown.sees("farm  2.500 bits/byte")
        shown.sees("moon")
        shown.until(
            lambda text: any(line.strip().startswith(f"{PROMPT} ") for line in text.splitlines())
        )
        shown.type("\x11")
        assert shown.wait() == 0


def test_leaving_during_training_saves_the_run_and_restores_the_terminal() -> None:
    stopped = list(small.events(small.corpus(), replace(small.QUICK, epochs=900), stop_at=1))
    list(Library().record("farm", iter(stopped)))
    with terminal() as shown:
        shown.sees("farm", "resumable with ctrl+t")
        shown.type("\x14")
        shown.sees("Learning farm", "epoch 1")
        shown.type("\x11")
        assert shown.wait() == 0
        assert shown.restored
        assert b"Traceback" not in shown.raw
    saved, _ = Library().load_run("farm")
    assert len(saved.history.training) > 1


def test_a_dumb_terminal_gets_one_line_of_explanation() -> None:
    with terminal(TERM="dumb") as shown:
        assert shown.wait() == 2
        assert shown.text().strip().count("\n") == 0
        assert "needs a terminal" in shown.text()
        assert b"\x1b" not in shown.raw


def test_an_invalid_settings_file_is_reported_on_the_screen(home: Path) -> None:
    small.shelve("farm", small.endless())
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("theme = [/foo]")
    with terminal() as shown:
        shown.sees("the settings cannot be used", "settings.toml")
        shown.type("\r")
        shown.until(lambda text: "That did not work" not in text)
        shown.type("\x11")
        assert shown.wait() == 0


def test_the_screen_works_without_colours() -> None:
    small.shelve("farm", small.endless())
    with terminal(NO_COLOR="1") as shown:
        shown.sees("farm  2.500 bits/byte", "Start a joke")
        os.kill(shown.process.pid, signal.SIGTERM)
        shown.wait()
        assert shown.restored
