"""Logging to a file: on stderr, log lines would mix with messages or overwrite the screen."""

from __future__ import annotations

import logging

from jokebox import paths


def log_to_file() -> None:
    """Send log records to jokebox's log file; discard them if it cannot be written."""
    path = paths.log_file()
    logging.raiseExceptions = False  # a full disk would be reported on stderr, line by line
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=path, level=logging.WARNING, force=True)
    except OSError:
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
