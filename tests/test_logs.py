from __future__ import annotations

import logging
from pathlib import Path

import pytest

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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_not_reported_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    paths.log_dir().mkdir(parents=True)
    paths.log_file().symlink_to("/dev/full")
    log_to_file()
    logging.getLogger("jokebox.any").error("there is no room for this")
    logging.shutdown()
    assert capfd.readouterr() == ("", "")
