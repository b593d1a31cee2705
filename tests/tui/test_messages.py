from __future__ import annotations

import pytest
from textual.message import Message

from jokebox.tui.messages import RunEvent, StopRun
from tests.small import endless
from tests.tui.stage import evaluated, finished, progress, started


@pytest.mark.parametrize(
    ("waiting", "next", "merged"),
    [
        (RunEvent(1, progress(10)), RunEvent(1, progress(20)), True),
        (RunEvent(1, progress(10)), RunEvent(2, progress(20)), False),
        (RunEvent(1, evaluated(endless())), RunEvent(1, progress(20)), False),
        (RunEvent(1, progress(10)), RunEvent(1, evaluated(endless())), False),
        (RunEvent(1, started()), RunEvent(1, finished(endless())), False),
        (RunEvent(1, progress(10)), StopRun(), False),
    ],
)
def test_only_the_progress_of_one_run_replaces_another_that_waits(
    waiting: RunEvent, next: Message, merged: bool
) -> None:
    assert waiting.can_replace(next) is merged
