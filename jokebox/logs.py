"""Whatever is logged goes to a file: on stderr it would stand beside messages, or on the screen."""

from __future__ import annotations

import logging

from jokebox import paths


def log_to_file() -> None:
    """Send all that is logged to jokebox's log file; nowhere, where that cannot be written."""
    path = paths.log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=path, level=logging.WARNING, force=True)
    except OSError:
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
