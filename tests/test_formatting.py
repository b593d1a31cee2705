from __future__ import annotations

import pytest

from jokebox.formatting import clock, counted, short, size


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0:00"), (59.4, "0:59"), (59.5, "1:00"), (125, "2:05"), (6000, "100:00")],
)
def test_a_time_is_shown_in_minutes_and_rounded_seconds(seconds: float, told: str) -> None:
    assert clock(seconds) == told


def test_a_count_of_one_is_singular() -> None:
    assert counted(1, "epoch") == "1 epoch"
    assert counted(0, "epoch") == "0 epochs"
    assert counted(1234, "joke") == "1,234 jokes"


@pytest.mark.parametrize(
    ("number", "told"),
    [(950, "950"), (36_400, "36k"), (999_000, "999k"), (999_900, "1.0M"), (3_740_000, "3.7M")],
)
def test_a_large_number_is_shown_in_a_few_digits(number: int, told: str) -> None:
    assert short(number) == told


def test_a_size_is_shown_in_kilobytes_below_a_megabyte() -> None:
    assert size(600_000) == "600 kB"
    assert size(15_040_000) == "15.0 MB"
