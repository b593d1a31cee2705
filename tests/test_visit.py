"""A first visit from beginning to end, and the next: real processes, a real run, 80x24."""

from __future__ import annotations

from pathlib import Path

import pytest

from jokebox.library import Library
from jokebox.settings import load_settings
from jokebox.talk.archive import Archive
from jokebox.talk.favourites import Favourites
from tests import small
from tests.terminal import Terminal, terminal

pytestmark = pytest.mark.xdist_group("terminal")

ESC, ENTER, BACKSPACE = "\x1b", "\r", "\x7f"
LEFT, BACK_TAB = "\x1b[D", "\x1b[Z"
F4, F5, F7, F9 = "\x1bOS", "\x1b[15~", "\x1b[18~", "\x1b[20~"
CTRL_F, CTRL_Q, CTRL_R, CTRL_S, CTRL_T = "\x06", "\x11", "\x12", "\x13", "\x14"
COW, OWL = "Why did 7 cow", "Why did 7 owl"
NUMBERS = range(2, 22)  # so many jokes that a run of some seconds scores itself now and then


def test_a_first_visit_and_the_next(tmp_path: Path) -> None:
    jokes = tmp_path / "farm.txt"
    jokes.write_text(
        "\n".join(joke.replace("the ", f"{n} ", 1) for joke in small.jokes() for n in NUMBERS)
    )
    with terminal(size=(80, 24)) as shown:
        look_around(shown)
        train(shown, jokes)
        stop_learning(shown)
        read_a_joke(shown)
        slow_down(shown)
        stop_a_joke(shown)
        ask_why_and_mark(shown)
        leave(shown)
    assert "farm" in [entry.name for entry in Library().models()]
    (talk,) = Archive().talks()
    assert talk.model == "farm"
    (favourite,) = Favourites().jokes()
    assert favourite.text.startswith(OWL)
    with terminal(size=(80, 24)) as shown:
        come_back(shown)
        leave(shown)


def look_around(shown: Terminal) -> None:
    shown.sees("jokebox", "Start a joke, I finish it.", "Tip 1 of 4", "^p More")
    shown.sees("learning")
    shown.type(F9)
    shown.sees("Tip 2 of 4")


def train(shown: Terminal, jokes: Path) -> None:
    shown.type(CTRL_R)
    shown.sees("Train a model", "ctrl+s starts")
    shown.type(ESC)
    gone(shown, "Train a model")
    shown.type(CTRL_R)
    shown.sees("Train a model", "ctrl+s starts")
    shown.click("Corpus ", right=20)
    shown.click("a file of mine")
    shown.sees("Which file?")
    shown.click_into("jokes.csv")
    shown.type(str(jokes))
    gone(shown, "There is no such file.", "Which file?")
    shown.click("Preset", right=20)
    shown.click("tiny")
    shown.sees("seconds: for slow machines")
    shown.type(CTRL_S)
    shown.sees("learning farm")
    shown.sees("Learning farm", "epoch", "best 0.")


def stop_learning(shown: Terminal) -> None:
    shown.type(CTRL_T)
    shown.sees("farm", "% trained, resumable with ctrl+t")


def read_a_joke(shown: Terminal) -> None:
    shown.type(COW + ENTER)

    def told(text: str) -> bool:
        return any(f"{COW} " in line and "▌" not in line for line in text.splitlines())

    shown.until(lambda text: told(text) and "esc stops the answer" not in text)


def slow_down(shown: Terminal) -> None:
    shown.type(F4)
    shown.sees("Temperature", "Pace")
    shown.click_into("Pace", right=14)
    shown.type(BACKSPACE)
    shown.sees("a number, please")
    shown.type("0.01")
    shown.until(lambda _: load_settings().words_per_second == 0.01)
    shown.type(F4)
    gone(shown, "Temperature")
    shown.click("Start a joke, or press enter")
    shown.sees("^g Again")


def stop_a_joke(shown: Terminal) -> None:
    shown.type(OWL + ENTER)
    shown.until(lambda text: f"{OWL} " in text and "▌" in text)
    shown.type(ESC)
    shown.sees("Continue it", f"{OWL} ")


def ask_why_and_mark(shown: Terminal) -> None:
    shown.type(F7)
    shown.sees("Why this word?")
    shown.type(BACK_TAB)
    shown.sees("^c Copy", "^f Favourite", "^g Again")
    shown.type(LEFT + LEFT)
    shown.sees("It cost", "bits: the model gave it", " %")
    shown.type(CTRL_F)
    shown.sees("… ♥")


def leave(shown: Terminal) -> None:
    shown.type(CTRL_Q)
    assert shown.wait() == 0
    assert shown.restored
    assert b"Traceback" not in shown.raw


def come_back(shown: Terminal) -> None:
    shown.sees("jokebox  farm", "bits/byte", "Start a joke, I finish it.", "^y Write")
    assert "Tip 1 of" not in shown.text()
    shown.type(F5)
    shown.sees("enter continues it", COW, "2 jokes, farm")
    shown.type(ENTER)
    gone(shown, "enter continues it")
    shown.sees(COW, OWL, "♥", "Continue it")


def gone(shown: Terminal, *texts: str) -> None:
    shown.until(lambda now: not any(text in now for text in texts))
