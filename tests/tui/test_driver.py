from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess

import pytest

from jokebox.settings import Settings, save_settings
from jokebox.tui.driver import _is_gone, _Output
from tests import small
from tests.terminal import JOKEBOX, Terminal, shell, terminal

pytestmark = pytest.mark.xdist_group("terminal")


@pytest.fixture(autouse=True)
def model() -> None:
    small.shelve("farm", small.endless())
    save_settings(Settings(tips_seen=True))


def open_from(shown: Terminal) -> int:
    """Open jokebox from a shell; return its process."""
    shown.type(shlex.join(JOKEBOX) + "\n")
    shown.sees("farm  2.500 bits/byte")
    children = subprocess.run(["pgrep", "-P", str(shown.process.pid)], capture_output=True)
    return int(children.stdout)


def leave(shown: Terminal) -> None:
    """Leave jokebox; the shell has its terminal back as it was."""
    shown.type("\x11")
    shown.sees("ready>")
    shown.type("stty -a\n")
    shown.sees("isig icanon", " echo ")
    assert shown.switched_back


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_paints_the_screen_again() -> None:
    with shell() as shown:
        open_from(shown)
        shown.type("\x1a")
        shown.sees("Stopped", "ready>")
        shown.clear()
        shown.type("fg\n")
        shown.sees("farm  2.500 bits/byte")
        shown.type("a frog")
        shown.sees("a frog")
        leave(shown)


def test_a_screen_that_is_continued_without_having_been_stopped_can_be_left() -> None:
    with shell() as shown:
        process = open_from(shown)
        for _ in range(3):
            os.kill(process, signal.SIGCONT)
        shown.type("a frog")
        shown.sees("a frog")
        leave(shown)


def test_a_process_whose_terminal_is_closed_without_a_signal_ends() -> None:
    with terminal() as shown:
        shown.sees("farm  2.500 bits/byte")
        shown.hang_up()
        assert shown.process.wait(60) == 128 + signal.SIGHUP


def test_what_is_written_to_a_terminal_that_is_gone_is_discarded() -> None:
    master, slave = pty.openpty()
    file = os.fdopen(slave, "w")
    output = _Output(file)
    assert not _is_gone(slave)
    os.close(master)
    assert _is_gone(slave)
    for _ in range(10):
        output.write("a frog" * 10_000)
        output.flush()
    file.close()
