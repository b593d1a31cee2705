"""The named configurations, and how one is fitted to a corpus and to what the user changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jokebox.errors import SettingsError
from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train import sizing
from jokebox.train.request import KNOBS, Knobs

POINTER_SIZE = 128


@dataclass(frozen=True)
class Preset:
    """Name a pair of configurations. One that `adapts` sizes itself to the corpus."""

    description: str
    model: ModelConfig
    training: TrainingConfig
    adapts: bool = False


PRESETS: dict[str, Preset] = {
    "tiny": Preset(
        "seconds: for slow machines, and for a first look",
        ModelConfig(layers=1, hidden_size=128, pointer_size=POINTER_SIZE),
        TrainingConfig(epochs=3, learning_rate=8e-3),
    ),
    "standard": Preset(
        "the one to start with: sizes itself to the jokes",
        ModelConfig(pointer_size=POINTER_SIZE),
        TrainingConfig(weight_decay=0.1, dropout_by_epochs=True, rate_by_epochs=True),
        adapts=True,
    ),
    "large": Preset(
        "for patience or a GPU: twice as wide, more dropout, more epochs",
        ModelConfig(layers=1, hidden_size=1024, pointer_size=POINTER_SIZE),
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

FIRST = "first"  # one of RUNGS, whichever this machine can train in about four minutes
FIRST_HELP = "about four minutes: whichever of first-1 to first-4 this machine can train in them"


def _rung(hidden_size: int, epochs: int) -> Preset:
    return replace(
        PRESETS["standard"],
        description=f"{hidden_size} units, {epochs} epochs of the bundled jokes",
        model=ModelConfig(hidden_size=hidden_size, pointer_size=POINTER_SIZE),
        training=replace(PRESETS["standard"].training, epochs=epochs),
        adapts=False,
    )


# each takes about twice as long as the one before
RUNGS: dict[str, Preset] = {
    "first-1": _rung(256, 2),
    "first-2": _rung(256, 4),
    "first-3": _rung(384, 5),
    "first-4": _rung(512, 6),
}


def configure(
    preset: str, knobs: Knobs, characters: int = sizing.BUNDLED_CHARACTERS
) -> tuple[ModelConfig, TrainingConfig]:
    """Return the preset's two configurations for a corpus of so many characters, knobs applied.

    Raises SettingsError if there is no such preset or a knob is out of its range.
    """
    presets = PRESETS | RUNGS
    if preset not in presets:
        raise SettingsError(f"no preset is called {preset!r}", f"there are {', '.join(presets)}")
    for name, knob in KNOBS.items():
        value = getattr(knobs, name)
        if value is not None:
            knob.range.check(name, value)
    model, training = _sized(presets[preset], characters, knobs.max_minutes)
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


def _sized(
    preset: Preset, characters: int, minutes: float | None
) -> tuple[ModelConfig, TrainingConfig]:
    """Return the preset at the size that suits the corpus and the minutes that there are."""
    model, training = preset.model, preset.training
    epochs = training.epochs if minutes is None else None
    if preset.adapts:
        model = replace(model, hidden_size=sizing.hidden_size(characters, minutes))
        epochs = sizing.epochs(characters) * (1 if minutes is None else sizing.TIMED_EPOCHS_FACTOR)
    return model, replace(training, epochs=epochs, max_minutes=minutes)


def like(training: TrainingConfig, origin: TrainingConfig) -> TrainingConfig:
    """Return `training` with the tokens of another model, whose weights mean nothing without them.

    The network's shape comes with the weights as well.
    """
    return replace(training, tokens=origin.tokens, walk=origin.walk)


def with_dropout(training: TrainingConfig, dropout: float) -> TrainingConfig:
    """Return `training` with this dropout before the output, and less elsewhere in proportion."""
    if training.walk == "windows":  # the tutorial knows dropout between layers only
        return replace(training, layer_dropout=dropout)
    return replace(
        training,
        word_dropout=dropout / 6,
        embedding_dropout=dropout / 2,
        layer_dropout=dropout,
        output_dropout=dropout,
    )
