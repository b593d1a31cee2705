from __future__ import annotations

import pytest

from jokebox.train import sizing

JOKE = 90  # characters


@pytest.mark.parametrize(
    ("jokes", "epochs", "width"),
    [(100, 75, 512), (1_300, 30, 512), (11_800, 10, 512), (200_000, 2, 1024)],
)
def test_more_text_suits_fewer_epochs_and_much_more_a_wider_network(
    jokes: int, epochs: int, width: int
) -> None:
    assert sizing.epochs(jokes * JOKE) == pytest.approx(epochs, abs=0.1 * epochs)
    assert sizing.hidden_size(jokes * JOKE, None) == width


def test_less_time_suits_a_narrower_network() -> None:
    widths = [sizing.hidden_size(10**6, minutes) for minutes in (0.05, 0.25, 0.5, 1, 10, None)]
    assert widths == sorted(widths)
    assert widths[0] == 256
    assert widths[3] == 512


def test_more_epochs_suit_more_dropout() -> None:
    dropouts = [sizing.dropout(epochs) for epochs in (0.2, 1, 3, 7, 20, 1000)]
    assert dropouts == sorted(dropouts)
    assert 0 < dropouts[0] < 0.1
    assert dropouts[-1] == 0.5


def test_more_epochs_suit_a_lower_learning_rate() -> None:
    rates = [sizing.learning_rate(epochs) for epochs in (0.2, 1, 3, 10, 75)]
    assert rates == sorted(rates, reverse=True)
    assert rates[2] == pytest.approx(0.01, abs=0.001)
    assert rates[3] == pytest.approx(0.008, abs=0.001)
