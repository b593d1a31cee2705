"""What a run will take, by arithmetic alone: neither torch nor pandas is needed to know.

V words in the vocabulary, H units a layer, L layers, B rows and T columns a batch.
"""

from __future__ import annotations

from dataclasses import dataclass

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train.schedule import steps_per_epoch

FLOAT = 4  # bytes
LIVE_COPIES = 4  # of each weight: itself, its gradient, and AdamW's two moments
SAVED_COPIES = 8  # of each weight: the best one, and a run's file in the making
LOGIT_COPIES = 3  # the logits, their log-softmax, and the gradient of it
LAYER_COPIES = 12  # of (B, T, H) a layer: gates, cell, output, dropped ones, and their gradients
SCORED = 64 * 60  # tokens scored together on validation jokes, with two copies of the logits
PYTORCH = 400e6  # bytes, before the first weight


@dataclass(frozen=True)
class Size:
    """A corpus as a model sees it: the tokens of an epoch, and how many different ones."""

    tokens: int
    vocabulary: int


@dataclass(frozen=True)
class Estimate:
    """`seconds` of training for so many `epochs`, and the `bytes` of memory it takes at most."""

    seconds: float
    epochs: float
    bytes: float


def guess_size(corpus_bytes: int, tokens: str) -> Size:
    """The size of jokes that no run has read yet, from the bytes of their files.

    Tokens grow with the text, measured on English jokes with four fifths of them for training;
    the vocabulary grows with its square root (Heaps' law), here rather too much than too little.
    """
    per_byte, heaps = (0.15, 16) if tokens == "whitespace" else (0.22, 8)
    return Size(max(1, int(per_byte * corpus_bytes)), int(heaps * corpus_bytes**0.5) + 256)


def guess_characters(corpus_bytes: float) -> int:
    """The characters of the training jokes in files of so many bytes, as lm/sizing counts them."""
    return max(1, int(0.74 * corpus_bytes))


def parameters(model: ModelConfig, vocabulary: int) -> int:
    """All weights: embedding VH, output VH more where untied, and V; a layer 8HH + 8H."""
    hidden = model.hidden_size
    matrices = vocabulary * hidden * (1 if model.tied else 2)
    return matrices + vocabulary + model.layers * (8 * hidden * hidden + 8 * hidden)


def step_flops(model: ModelConfig, training: TrainingConfig, vocabulary: int) -> float:
    """Floating point operations of a training step: 6 for each weight in use and token.

    Two forward, four backward. The embedding is looked up, not multiplied with.
    """
    hidden = model.hidden_size
    in_use = model.layers * 8 * hidden * hidden + vocabulary * hidden
    return 6.0 * in_use * training.batch_size * training.sequence_length


def estimate(
    model: ModelConfig, training: TrainingConfig, size: Size, flops_per_second: float
) -> Estimate:
    """Time and memory of a run on a machine that computes `flops_per_second` in training."""
    per_epoch = steps_per_epoch(
        size.tokens, training.walk, training.batch_size, training.sequence_length
    )
    step_seconds = step_flops(model, training, size.vocabulary) / flops_per_second
    seconds = float("inf")
    if training.epochs is not None:
        steps = max(training.epochs * per_epoch, training.min_steps)
        seconds = steps * step_seconds
    if training.max_minutes is not None:
        seconds = min(seconds, training.max_minutes * 60)
    return Estimate(seconds, seconds / step_seconds / per_epoch, _memory(model, training, size))


def _memory(model: ModelConfig, training: TrainingConfig, size: Size) -> float:
    """Bytes: copies of the weights, the activations of a batch, and PyTorch itself."""
    activations = LOGIT_COPIES * size.vocabulary + LAYER_COPIES * model.layers * model.hidden_size
    learning = training.batch_size * training.sequence_length * activations
    scoring = SCORED * 2 * size.vocabulary
    weights = (LIVE_COPIES + SAVED_COPIES) * parameters(model, size.vocabulary)
    return PYTORCH + FLOAT * (weights + max(learning, scoring))
