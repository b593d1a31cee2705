"""The numbers that describe a model: its network, its training, its plan, and how it talks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from jokebox.errors import SettingsError

POINTER_MEMORY = 64  # tokens of the joke that may be copied: nearly all jokes are shorter


@dataclass(frozen=True)
class Range:
    """Say which values a number may have: from `low` to `high`, both included.

    If `exclusive_low` is set, `low` itself is excluded.
    """

    low: float
    high: float
    integer: bool = False
    exclusive_low: bool = False

    def check(self, name: str, value: float) -> None:
        """Raise SettingsError if `value` is out of range; `name` is what the user knows it by."""
        if not self.low <= value <= self.high or (self.exclusive_low and value == self.low):
            raise SettingsError(
                f"{name.replace('_', '-')} cannot be {value:g}",
                f"it goes from {'above ' * self.exclusive_low}{self.low:g} to {self.high:g}",
            )


def _check(numbers: object, ranges: Mapping[str, Range]) -> None:
    """Raise SettingsError if one of `numbers` is out of its range; None is always in it."""
    for name, range in ranges.items():
        value = getattr(numbers, name)
        if value is not None:
            range.check(name, value)


# What a file may say. What a user can ask for is less: train/request.py
_NETWORK = {
    "layers": Range(1, 16),
    "hidden_size": Range(1, 2**16),
    "pointer_size": Range(0, 2**16),
}
_TRAINING = {
    "batch_size": Range(1, 2**20),
    "sequence_length": Range(1, 2**20),
    "epochs": Range(1, 10**9),
    "min_steps": Range(0, 10**9),
    "max_minutes": Range(0, 10**9),
    "learning_rate": Range(0, 1000),
    "weight_decay": Range(0, 1000),
    "word_dropout": Range(0, 1),
    "embedding_dropout": Range(0, 1),
    "layer_dropout": Range(0, 1),
    "output_dropout": Range(0, 1),
    "seed": Range(0, 2**32 - 1),
}
_PLAN = {
    "steps": Range(0, 10**12),
    "steps_per_epoch": Range(1, 10**12),
    "threads": Range(1, 1024),
}


@dataclass(frozen=True)
class ModelConfig:
    """Describe the network. The embedding is as wide as the LSTM, so that the two can be tied.

    `pointer_size` is the size of the pointer's keys; without a pointer it is 0, as in the models
    of jokebox 0.1.0. Raises SettingsError if a number is out of its range.
    """

    layers: int = 1
    hidden_size: int = 512
    tied: bool = True
    pointer_size: int = 0

    def __post_init__(self) -> None:
        _check(self, _NETWORK)


@dataclass(frozen=True)
class TrainingConfig:
    """Describe how a model is trained.

    `epochs` and `max_minutes` end the run, whichever comes first. If `epochs` would take fewer than
    `min_steps` steps, because the corpus is small, more epochs are trained. With
    `dropout_by_epochs` the four dropouts, and with `rate_by_epochs` the learning rate, are set when
    the number of epochs is known. Raises SettingsError if a number is out of its range.
    """

    tokens: Literal["words", "whitespace"] = "words"
    walk: Literal["rows", "windows"] = "rows"
    batch_size: int = 16
    sequence_length: int = 32
    epochs: int | None = 10
    min_steps: int = 300
    max_minutes: float | None = None
    learning_rate: float = 4e-3
    constant_rate: bool = False
    weight_decay: float = 0.01
    word_dropout: float = 0.05
    embedding_dropout: float = 0.15
    layer_dropout: float = 0.3
    output_dropout: float = 0.3
    dropout_by_epochs: bool = False
    rate_by_epochs: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        _check(self, _TRAINING)


@dataclass(frozen=True)
class Plan:
    """Hold what a run fixed when it began; used again on resume, so that the bits are the same.

    Raises SettingsError if a number is out of its range.
    """

    steps: int
    steps_per_epoch: int
    precision: str  # float32 or bfloat16
    threads: int
    rung: str = ""  # the preset that `first` came to on this machine

    def __post_init__(self) -> None:
        _check(self, _PLAN)

    @property
    def epochs(self) -> int:
        """The number of epochs, the last of which may be cut short."""
        return -(-self.steps // self.steps_per_epoch)


RANGES: dict[str, Range] = {
    "temperature": Range(0, 10),
    "top_k": Range(0, 10**9, integer=True),
    "top_p": Range(0, 1, exclusive_low=True),
    "min_p": Range(0, 1),
    "word_limit": Range(1, 10_000, integer=True),
    "words_per_second": Range(0, 1000),  # 0 shows an answer at once
    "seed": Range(0, 2**32 - 1, integer=True),
    "drafts": Range(1, 64, integer=True),
}


@dataclass(frozen=True)
class Sampling:
    """Say how the next word is drawn. Filters apply in this order; a value of 0, 1 or 0 is off.

    temperature  divides the logits; 0 always takes the likeliest word
    top_k        keeps the k likeliest words
    top_p        keeps the likeliest words that together hold p (Holtzman et al. 2019, nucleus)
    min_p        keeps words at least min_p times as likely as the likeliest (Nguyen et al. 2024)

    Raises SettingsError if a value is out of its range.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.05

    def __post_init__(self) -> None:
        _check(self, {name: RANGES[name] for name in ("temperature", "top_k", "top_p", "min_p")})


SAMPLINGS: dict[str, Sampling] = {
    "careful": Sampling(temperature=0.5, min_p=0.1),
    "normal": Sampling(),
    "wild": Sampling(temperature=1.2, min_p=0.02),
}


@dataclass(frozen=True)
class Manner:
    """Say how an answer is told.

    word_limit      the most words
    invented_words  words may be made up, letter by letter
    drafts          so many answers are drafted, and the best one is told
    take_turns      an answer ends after a sentence

    Raises SettingsError if a value is out of its range.
    """

    sampling: Sampling = field(default_factory=Sampling)
    word_limit: int = 100
    invented_words: bool = False
    drafts: int = 16
    take_turns: bool = False

    def __post_init__(self) -> None:
        _check(self, {name: RANGES[name] for name in ("word_limit", "drafts")})
