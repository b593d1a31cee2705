"""The command line, one file per command.

A command is imported when it is used, and imports what it needs when it runs, so that the screen
opens at once and --help is fast.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from jokebox.cli.output import discard_output, is_rank_zero, warn
from jokebox.cli.screen import INTERRUPTED, open_screen
from jokebox.errors import JokeboxError, too_little_memory

FAILED = 1  # the exit status
COMPLETION = "_JOKEBOX_COMPLETE"  # set by a shell that asks how a command line could go on


def run() -> int:
    """Run the command line, and return the exit status.

    A JokeboxError, an OSError, a lack of memory and wrong usage are printed to stderr, without a
    traceback.
    """
    if not is_rank_zero():
        discard_output()
    if signal.getsignal(signal.SIGINT) == signal.SIG_DFL:  # not if a shell lets it be ignored
        signal.signal(signal.SIGINT, _interrupt)
    try:
        if len(sys.argv) == 1 and COMPLETION not in os.environ:
            return open_screen()  # there is nothing to parse, and click would take time to import
        from jokebox.cli import commands

        return commands.main()
    except JokeboxError as error:
        return _fail(error)
    except OSError as error:
        warn(f"jokebox: {error.filename or 'a file'} cannot be used: {error.strerror or error}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except (MemoryError, RuntimeError, ImportError) as error:
        known = too_little_memory(error)
        if known is None:
            raise
        return _fail(known)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End what is being done; the next time, end at once, and not with a traceback."""
    signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _fail(error: JokeboxError) -> int:
    warn(f"jokebox: {error.title}: {error.message}")
    if error.hint:
        warn(error.hint)
    return FAILED
