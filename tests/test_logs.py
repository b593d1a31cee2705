from __future__ import annotations

import logging

from jokebox import paths
from jokebox.logs import log_to_file


def test_log_messages_are_written_to_the_file() -> None:
    log_to_file()
    logging.getLogger("jokebox.any").error("the moon is out of cheese")
    assert "the moon is out of cheese" in paths.log_file().read_text()


def test_a_log_that_cannot_be_written_is_discarded() -> None:
    paths.log_dir().parent.mkdir(parents=True, exist_ok=True)
    paths.log_dir().write_text("a file where the folder should be")
    log_to_file()
    logging.getLogger("jokebox.any").error("nobody reads this")
