from __future__ import annotations

import pytest

from jokebox.train.estimate import Estimate
from jokebox.tui.widgets.forecast import describe


@pytest.mark.parametrize(
    ("seconds", "epochs", "bytes", "shown"),
    [
        (1, 300.4, 4.2e8, "About 5 seconds, 300 passes, 0.4 GB of memory"),
        (43, 1.0, 6.7e8, "About 45 seconds, 1 pass, 0.7 GB of memory"),
        (43, 7.0, 6.7e8, "About 45 seconds, 7 passes, 0.7 GB of memory"),
        (60, 0.26, 6.7e8, "About 1 minute, 0.3 passes, 0.7 GB of memory"),
        (300, 2.54, 2e9, "About 5 minutes, 2.5 passes, 2.0 GB of memory"),
        (36_000, 12.3, 2e9, "About 10 hours, 12 passes, 2.0 GB of memory"),
    ],
)
def test_an_estimate_is_shown_in_round_figures(
    seconds: float, epochs: float, bytes: float, shown: str
) -> None:
    assert describe(Estimate(seconds, epochs, bytes)) == shown
