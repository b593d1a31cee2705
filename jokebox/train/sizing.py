"""Default hyperparameters for a corpus: hidden size, epochs, dropout and learning rate.

Each is a smooth function of the corpus or the run, fitted through the values tuned on the bundled
jokes.
"""

from __future__ import annotations

import math

BUNDLED_CHARACTERS = 1_060_000  # characters of the bundled training jokes
BUNDLED_EPOCHS = 10
BUNDLED_HIDDEN_SIZE = 512
TIMED_EPOCHS_FACTOR = 3  # more epochs than the default still help, if the user gives the time
MOST_EPOCHS = 75


def epochs(characters: int) -> int:
    """Return the epochs for training jokes of so many characters.

    They fall with the square root of the text: four times the text gives half as many, and takes
    twice the time. 2 for 200,000 jokes, 31 for 1,300, 75 for 100.
    """
    fitting = round(BUNDLED_EPOCHS * math.sqrt(BUNDLED_CHARACTERS / characters))
    return max(1, min(MOST_EPOCHS, fitting))


def hidden_size(characters: int, minutes: float | None) -> int:
    """Return the hidden size that learns most, from 256 to 1024, for so many characters.

    It grows with the text, and shrinks if there is less than a minute; `minutes` None is no limit.
    512 for up to 12,000 jokes (384 was no better on 1,300), 1024 for 200,000.
    """
    by_text = max(1.0, math.pow(characters / BUNDLED_CHARACTERS, 0.25))
    by_time = math.inf if minutes is None else math.sqrt(minutes)
    return 128 * max(2, min(8, round(BUNDLED_HIDDEN_SIZE / 128 * min(by_text, by_time))))


def dropout(epochs: float) -> float:
    """Return the dropout for a run of so many epochs, from 0.05 to 0.5.

    More epochs need more of it against overfitting. In 3 epochs of the bundled jokes and Reddit's,
    0.1 was better than 0.2, and 0.2 better than 0.3.
    """
    return max(0.05, min(0.5, 0.05 * epochs))


def learning_rate(epochs: float) -> float:
    """Return the learning rate for a run of so many epochs: a shorter run needs larger steps.

    0.01 for 3 epochs, 0.008 for 10, 0.007 for 20.
    """
    return float(0.012 * max(epochs, 2.0) ** -0.18)
