"""Estimates of the time and memory of a run, by arithmetic only: without torch.

V tokens in the vocabulary, hidden size H, L layers, batches of B rows and T columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from jokebox.lm.config import ModelConfig, TrainingConfig
from jokebox.train.schedule import steps_per_epoch

FLOAT_BYTES = 4  # bytes
LIVE_COPIES = 4  # of each weight: itself, its gradient, and the two moments of AdamW
SAVED_COPIES = 8  # of each weight: in the best checkpoint, and while a run's file is written
LOGIT_COPIES = 3  # the logits, their log-softmax, and its gradient
LAYER_COPIES = 12  # of (B, T, H) per layer: gates, cell, output, after dropout, and gradients
SCORED_TOKENS = 64 * 60  # tokens of validation jokes scored together, with two copies of the logits
PYTORCH_BYTES = 400e6  # bytes, without any weights


@dataclass(frozen=True)
class Size:
    """The size of a corpus in tokens: those of an epoch, and V, the different ones."""

    tokens: int
    vocabulary: int


@dataclass(frozen=True)
class Estimate:
    """The time of a run in seconds, the number of its epochs, and its peak memory in bytes."""

    seconds: float
    epochs: float
    bytes: float


def guess_size(corpus_bytes: int, tokens: str) -> Size:
    """Return the size of a corpus that no run has read, from the bytes of its unpacked files.

    `tokens` is the kind of tokenizer. The number of tokens grows linearly with the text, as
    measured on English jokes with four fifths of them for training; the vocabulary grows with its
    square root (Heaps 1978), here overestimated rather than underestimated.
    """
    per_byte, heaps = (0.15, 16) if tokens == "whitespace" else (0.22, 8)
    return Size(max(1, int(per_byte * corpus_bytes)), int(heaps * corpus_bytes**0.5) + 256)


def guess_characters(corpus_bytes: float) -> int:
    """Return about how many characters the training jokes have in files of so many bytes."""
    return max(1, int(0.74 * corpus_bytes))


def parameters(model: ModelConfig, vocabulary: int) -> int:
    """Return the number of weights of `model` with V = `vocabulary`.

    The embedding has VH, the output another VH if it is not tied, its bias V, each of the layers
    8HH + 8H, and a pointer with keys of size K 2KH + 2K + 1.
    """
    hidden, keys = model.hidden_size, model.pointer_size
    matrices = vocabulary * hidden * (1 if model.tied else 2)
    pointer = 2 * keys * hidden + 2 * keys + 1 if keys else 0
    return matrices + vocabulary + model.layers * (8 * hidden * hidden + 8 * hidden) + pointer


def step_flops(model: ModelConfig, training: TrainingConfig, vocabulary: int) -> float:
    """Return the floating point operations of a training step: 6 per weight and token.

    These are 2 in the forward pass and 4 in the backward pass (Kaplan et al. 2020). The embedding
    is not counted: it is looked up, not multiplied.
    """
    hidden = model.hidden_size
    in_use = (model.layers * 8 * hidden + 2 * model.pointer_size + vocabulary) * hidden
    return 6.0 * in_use * training.batch_size * training.sequence_length


def estimate(
    model: ModelConfig, training: TrainingConfig, size: Size, flops_per_second: float
) -> Estimate:
    """Return the time and memory of a run on a machine that trains with `flops_per_second`.

    The time is infinite if neither epochs nor minutes limit the run.
    """
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
    """Return the bytes of all copies of the weights, the activations of a batch, and PyTorch."""
    activations = LOGIT_COPIES * size.vocabulary + LAYER_COPIES * model.layers * model.hidden_size
    learning = training.batch_size * training.sequence_length * activations
    scoring = SCORED_TOKENS * 2 * size.vocabulary
    weights = (LIVE_COPIES + SAVED_COPIES) * parameters(model, size.vocabulary)
    return PYTORCH_BYTES + FLOAT_BYTES * (weights + max(learning, scoring))
