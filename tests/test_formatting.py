from __future__ import annotations

from dataclasses import dataclass

import pytest

from jokebox.formatting import clock, compared, counted, described, percent, short, size, surprise


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0:00"),
        (59.4, "0:59"),
        (59.5, "1:00"),
        (125, "2:05"),
        (3599, "59:59"),
        (3600, "1 h 00 min"),
        (7199, "2 h 00 min"),
        (33_529, "9 h 19 min"),
    ],
)
def test_a_time_is_rounded_to_seconds_and_from_an_hour_on_to_minutes(
    seconds: float, told: str
) -> None:
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


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (2.1, 2.3, "It is better, by 0.200."),
        (2.3, 2.1, "It is WORSE, by 0.200."),
        (2.1, 2.1001, "Both are equally good."),
        (None, 2.1, "One of them has no score."),
    ],
)
def test_two_models_are_compared_by_their_scores(
    one: float | None, other: float, sentence: str
) -> None:
    assert compared(Model(one), Model(other)) == sentence


def test_scores_over_different_jokes_are_not_compared() -> None:
    assert "cannot be compared" in compared(Model(2.1), Model(2.3, "other"))


def test_a_model_is_described_with_its_score() -> None:
    assert described(Model(2.1)) == "40% trained, 2.100 bits/byte"
    assert described(Model(None)) == "40% trained, no score"


@dataclass(frozen=True)
class Model:
    validation_bits_per_byte: float | None
    fingerprint: str = "same"
    finished: bool = False
    progress: float = 0.4


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.0, "< 0.01 %"), (0.00013, "0.013 %"), (0.025, "2.5 %"), (0.0996, "10 %"), (1.0, "100 %")],
)
def test_a_share_has_about_two_digits(share: float, told: str) -> None:
    assert percent(share) == told


@pytest.mark.parametrize(
    ("bits", "level"), [(0, 0), (0.9, 0), (1, 1), (5.9, 2), (6, 3), (9, 4), (99, 4)]
)
def test_a_word_is_the_more_surprising_the_more_bits_it_cost(bits: float, level: int) -> None:
    assert surprise(bits) == level
