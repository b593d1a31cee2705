"""Opening the screen, which needs a terminal."""

from __future__ import annotations

import gc
import os
import signal
import sys

from jokebox.cli.output import warn

WRONG_USAGE, INTERRUPTED = 2, 130  # exit statuses


def open_screen(model: str | None = None, *, lesson: bool = False) -> int:
    """Open the screen with this model, and the lesson if wanted; return the exit status."""
    terminal = all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not terminal or os.environ.get("TERM", "") in ("", "dumb"):
        warn("jokebox: the screen needs a terminal; in scripts use `jokebox tell`")
        return WRONG_USAGE
    # until the app has its own handler, which is before it sets up the terminal: an exception that
    # is raised anywhere in what starts it could be lost
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # while importing, which makes no garbage, so that the first frame comes sooner
    from jokebox.tui.app import JokeboxApp

    gc.freeze()
    app = JokeboxApp(model, lesson=lesson)
    app.run()
    return app.return_code or 0
