"""Signals, lost terminals and leaving: the process ends, and the terminal is as it was before."""

from __future__ import annotations

import asyncio
import random
import signal
import termios
import time
from collections.abc import Callable

import pytest

from jokebox.settings import Settings, save_settings
from jokebox.tui.app import JokeboxApp
from tests import small
from tests.faults import campaign
from tests.faults.campaign import cases, some
from tests.terminal import Terminal, terminal

pytestmark = pytest.mark.xdist_group("terminal")

ENDS = 60  # seconds, to tell a hang from a busy machine
FIRST_SECONDS = 2.5  # of a process, in which the first frame comes


@pytest.fixture(autouse=True)
def model() -> None:
    small.shelve("farm", small.endless())
    save_settings(Settings(tips_seen=True, words_per_second=0))


def read_for(shown: Terminal, seconds: float) -> None:
    """Be a terminal for some time."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and shown.process.poll() is None:
        shown.read(min(left, 0.1))


def one(number: int) -> Callable[[Terminal], None]:
    return lambda shown: shown.process.send_signal(number)


def twice(shown: Terminal) -> None:
    shown.process.send_signal(signal.SIGINT)
    shown.process.send_signal(signal.SIGINT)


def term_and_hup(shown: Terminal) -> None:
    shown.process.send_signal(signal.SIGTERM)
    shown.process.send_signal(signal.SIGHUP)


def storm(shown: Terminal) -> None:
    """Change the size of the terminal many times, continue it, and leave."""
    for size in ((5, 20), (45, 140), (1, 1), (200, 300), (24, 80)):
        termios.tcsetwinsize(shown.slave, size)
        shown.process.send_signal(signal.SIGWINCH)
        shown.read(0.02)
    shown.process.send_signal(signal.SIGTERM)


def stop_and_continue(shown: Terminal) -> None:
    for number in (signal.SIGSTOP, signal.SIGCONT, signal.SIGCONT):
        shown.process.send_signal(number)
        shown.read(0.05)
    shown.process.send_signal(signal.SIGTERM)


def suspend(shown: Terminal) -> None:
    """Ask it to suspend: without a shell that could continue it, it stays."""
    for number in (signal.SIGTSTP, signal.SIGCONT):
        shown.process.send_signal(number)
        shown.read(0.05)
    shown.process.send_signal(signal.SIGTERM)


def hang_up(shown: Terminal) -> None:
    shown.hang_up()


def hang_up_with_a_signal(shown: Terminal) -> None:
    shown.process.send_signal(signal.SIGHUP)
    shown.hang_up()


def quit_by_key(shown: Terminal) -> None:
    while shown.process.poll() is None:  # before the first frame the key may not be taken
        shown.type("\x11")
        shown.read(0.2)


DEEDS = (
    *(one(signal.SIGTERM), one(signal.SIGHUP), one(signal.SIGINT), twice, term_and_hup),
    *(storm, stop_and_continue, suspend, hang_up, hang_up_with_a_signal, quit_by_key),
)


def test_whatever_is_done_to_the_screen_it_ends_and_restores_the_terminal() -> None:
    def case(number: int) -> int:
        rng = random.Random(number)
        deed = DEEDS[number % len(DEEDS)]
        with terminal() as shown:
            read_for(shown, rng.uniform(0, FIRST_SECONDS))
            deed(shown)
            if shown.is_open:
                shown.wait()
                assert not has_traceback(shown), shown.text()
                assert b"?1049h" not in shown.raw or killed_early(shown) or shown.restored
            else:
                shown.process.wait(ENDS)
        return 0

    campaign.run("signals", cases(4, 150), case)


def has_traceback(shown: Terminal) -> bool:
    """Return whether a traceback is jokebox's; Python's own start may be interrupted, too."""
    ours = (b"jokebox/cli", b"jokebox/tui", b"jokebox/train")
    return b"Traceback" in shown.raw and any(path in shown.raw for path in ours)


def killed_early(shown: Terminal) -> bool:
    """Return whether it ended before it could set up how it leaves: in its first milliseconds."""
    return shown.process.returncode < 0 and b"jokebox" not in shown.raw


# Leaving ------------------------------------------------------------------------------------------

KEYS = ("", "ctrl+r", *(f"f{n}" for n in range(1, 10)), "shift+f2", "ctrl+p", "ctrl+k", "tab")


def test_the_screen_is_left_at_any_moment_and_from_every_dialog() -> None:
    async def visit(rng: random.Random, key: str) -> None:
        app = JokeboxApp()
        async with app.run_test(size=(140, 45)):  # raises what the app ended with
            await asyncio.sleep(rng.uniform(0, 0.4))
            app.simulate_key(key or "a")
            await asyncio.sleep(rng.uniform(0, 0.3))
            if rng.random() < 0.4:
                app.simulate_key(rng.choice(("escape", "enter", "pageup", "down")))
                await asyncio.sleep(rng.uniform(0, 0.1))
            app.exit()
            await asyncio.sleep(0.05)

    def case(chosen: tuple[int, str]) -> int:
        number, key = chosen
        asyncio.run(visit(random.Random(f"{number} {key}"), key))
        return 0

    moments = [(number, key) for key in KEYS for number in cases(15, 15 if key else 60)]
    campaign.run("leaving", some(moments, 3), case)


@pytest.mark.skipif(not campaign.LONG, reason="takes seconds")
def test_commands_end_at_a_signal() -> None:
    commands = (("tell", "-n", "1000000"), ("train", "--preset", "tiny"), ("models",), ("eval",))

    def case(number: int) -> int:
        rng = random.Random(number)
        with terminal(*commands[number % len(commands)]) as shown:
            read_for(shown, rng.uniform(0, 6))
            for _ in range(rng.choice((1, 2))):
                shown.process.send_signal(rng.choice((signal.SIGINT, signal.SIGTERM)))
            shown.wait()
            assert termios.tcgetattr(shown.slave) == shown.before
            assert not has_traceback(shown), shown.text()
        return 0

    campaign.run("signals to commands", cases(0, 40), case)
