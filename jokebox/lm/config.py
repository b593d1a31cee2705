"""The shape of a model, how it is trained and how it talks, and the presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from jokebox.errors import SettingsError
from jokebox.lm import sizing


@dataclass(frozen=True)
class ModelConfig:
    """The network. The embedding is as wide as the LSTM, so that the two can be tied."""

    layers: int = 1
    hidden_size: int = sizing.BUNDLED_WIDTH
    tied: bool = True


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    `epochs` and `max_minutes` end it, whichever comes first. A corpus so small that `epochs` take
    fewer than `min_steps` steps gets more of them. With `dropout_by_epochs` the four dropouts,
    and with `rate_by_epochs` the learning rate, are set when the number of epochs is known.
    """

    tokens: Literal["words", "whitespace"] = "words"
    walk: Literal["rows", "windows"] = "rows"
    batch_size: int = 16
    sequence_length: int = 32
    epochs: int | None = sizing.BUNDLED_EPOCHS
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


@dataclass(frozen=True)
class Preset:
    """A named pair of configurations. One that `adapts` sizes itself to the corpus."""

    description: str
    model: ModelConfig
    training: TrainingConfig
    adapts: bool = False


@dataclass(frozen=True)
class Knobs:
    """What a user may change in a preset; None leaves the preset's own value."""

    max_epochs: int | None = None
    max_minutes: float | None = None
    batch_size: int | None = None
    sequence_length: int | None = None
    layers: int | None = None
    hidden_size: int | None = None
    dropout: float | None = None
    learning_rate: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Sampling:
    """How the next word is drawn. Filters apply in the order of the fields; 0, 1 and 0 are off.

    temperature  divides the logits; 0 always takes the likeliest word
    top_k        keeps the k likeliest words
    top_p        keeps the likeliest words that together hold p (Holtzman et al. 2019, nucleus)
    min_p        keeps words at least min_p times as likely as the likeliest (Nguyen et al. 2024)

    Raises SettingsError where a value is out of range.
    """

    temperature: float = 0.8
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.05

    def __post_init__(self) -> None:
        for name, high in (("temperature", 10), ("top_k", 10**9), ("top_p", 1), ("min_p", 1)):
            value = getattr(self, name)
            if not 0 <= value <= high or (name == "top_p" and value == 0):
                raise SettingsError(
                    f"{name.replace('_', '-')} cannot be {value:g}", f"it goes from 0 to {high:g}"
                )


MANNERS: dict[str, Sampling] = {
    "careful": Sampling(temperature=0.5, min_p=0.1),
    "normal": Sampling(),
    "wild": Sampling(temperature=1.2, min_p=0.02),
}


@dataclass
class Manner:
    """How an answer is told. Looked at anew for each word: a change acts on the next one."""

    sampling: Sampling = field(default_factory=Sampling)
    word_limit: int = 100
    invented_words: bool = False  # whether it may spell words of its own


@dataclass(frozen=True)
class Knob:
    """What a knob may be set to, and what it does in a line."""

    low: float
    high: float
    whole: bool
    help: str

    def check(self, name: str, value: float) -> None:
        """Raise SettingsError where `value` is out of range."""
        if not self.low <= value <= self.high:
            raise SettingsError(
                f"{name.replace('_', '-')} cannot be {value:g}",
                f"it goes from {self.low:g} to {self.high:g}",
            )


KNOBS: dict[str, Knob] = {
    "max_epochs": Knob(1, 1000, True, "Stop after so many passes."),
    "max_minutes": Knob(0.05, 10_000, False, "Plan the run so that it ends in time."),
    "batch_size": Knob(1, 4096, True, "Rows of text walked side by side."),
    "sequence_length": Knob(2, 4096, True, "Tokens a row goes on at each step."),
    "layers": Knob(1, 3, True, "LSTM layers."),
    "hidden_size": Knob(8, 4096, True, "Units a layer: its memory."),
    "dropout": Knob(0, 0.9, False, "Forgotten at random: less by heart."),
    "learning_rate": Knob(1e-6, 1, False, "How far a step goes, at most."),
    "seed": Knob(0, 2**32 - 1, True, "The same seed gives the same model."),
}

PRESETS: dict[str, Preset] = {
    "tiny": Preset(
        "seconds: for slow machines, and for a first look",
        ModelConfig(layers=1, hidden_size=128),
        TrainingConfig(epochs=3, learning_rate=8e-3),
    ),
    "standard": Preset(
        "the one to start with: sizes itself to the jokes",
        ModelConfig(),
        TrainingConfig(weight_decay=0.1, dropout_by_epochs=True, rate_by_epochs=True),
        adapts=True,
    ),
    "large": Preset(
        "for patience or a GPU: twice as wide, more dropout, more epochs",
        ModelConfig(layers=1, hidden_size=1024),
        TrainingConfig(
            sequence_length=64,
            epochs=14,
            learning_rate=3e-3,
            word_dropout=0.08,
            embedding_dropout=0.25,
            layer_dropout=0.4,
            output_dropout=0.5,
        ),
    ),
    "tutorial": Preset(
        "the well-known PyTorch tutorial as published: 3 layers of 128, whitespace words",
        ModelConfig(layers=3, hidden_size=128, tied=False),
        TrainingConfig(
            tokens="whitespace",
            walk="windows",
            batch_size=256,
            sequence_length=4,
            epochs=10,
            min_steps=0,
            learning_rate=1e-3,
            constant_rate=True,
            weight_decay=0.0,
            word_dropout=0.0,
            embedding_dropout=0.0,
            layer_dropout=0.2,
            output_dropout=0.0,
        ),
    ),
}


def configure(
    preset: str, knobs: Knobs, characters: int = sizing.BUNDLED
) -> tuple[ModelConfig, TrainingConfig]:
    """The preset's two configurations for a corpus of so many characters, with the knobs applied.

    Raises SettingsError for an unknown preset or a knob out of its range.
    """
    if preset not in PRESETS:
        raise SettingsError(f"no preset is called {preset!r}", f"there are {', '.join(PRESETS)}")
    for name, knob in KNOBS.items():
        value = getattr(knobs, name)
        if value is not None:
            knob.check(name, value)
    model, training = _suited(PRESETS[preset], characters, knobs.max_minutes)
    if knobs.layers is not None:
        model = replace(model, layers=knobs.layers)
    if knobs.hidden_size is not None:
        model = replace(model, hidden_size=knobs.hidden_size)
    if knobs.max_epochs is not None:
        training = replace(training, epochs=knobs.max_epochs, min_steps=0)
    if knobs.dropout is not None:
        training = replace(with_dropout(training, knobs.dropout), dropout_by_epochs=False)
    if knobs.learning_rate is not None:
        training = replace(training, learning_rate=knobs.learning_rate, rate_by_epochs=False)
    for name in ("batch_size", "sequence_length", "seed"):
        value = getattr(knobs, name)
        if value is not None:
            training = replace(training, **{name: value})
    return model, training


def _suited(
    preset: Preset, characters: int, minutes: float | None
) -> tuple[ModelConfig, TrainingConfig]:
    """The preset at the size that suits the corpus, and the minutes there are for it."""
    model, training = preset.model, preset.training
    epochs = training.epochs if minutes is None else None
    if preset.adapts:
        model = replace(model, hidden_size=sizing.hidden_size(characters, minutes))
        epochs = sizing.epochs(characters) * (1 if minutes is None else sizing.LONGER)
    return model, replace(training, epochs=epochs, max_minutes=minutes)


def with_dropout(training: TrainingConfig, dropout: float) -> TrainingConfig:
    """`training` with as much forgotten before the output, and less elsewhere in proportion."""
    if training.walk == "windows":  # the tutorial knows dropout between layers only
        return replace(training, layer_dropout=dropout)
    return replace(
        training,
        word_dropout=dropout / 6,
        embedding_dropout=dropout / 2,
        layer_dropout=dropout,
        output_dropout=dropout,
    )
