"""Opening the screen, which needs a terminal."""

from __future__ import annotations

import gc
import os
import signal
import sys

import click

from jokebox.cli.output import warn

WRONG_USAGE = 2  # the exit status


def open_screen(model: str | None, *, lesson: bool = False) -> None:
    """Open the screen with this model, and the lesson if wanted; exit with the app's status."""
    terminal = all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not terminal or os.environ.get("TERM", "") in ("", "dumb"):
        warn("jokebox: the screen needs a terminal; in scripts use `jokebox tell`")
        raise click.exceptions.Exit(WRONG_USAGE)
    # until the app has its own handler, which is before it sets up the terminal: an exception that
    # is raised anywhere in what starts it could be lost
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # while importing, which makes no garbage, so that the first frame comes sooner
    from jokebox.tui.app import JokeboxApp

    gc.freeze()
    app = JokeboxApp(model, lesson=lesson)
    app.run()
    raise click.exceptions.Exit(app.return_code or 0)
