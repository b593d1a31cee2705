"""A trained model as it was at one step: its weights and all that belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.config import ModelConfig, Plan, TrainingConfig
from jokebox.lm.corpus import Corpus
from jokebox.lm.history import History
from jokebox.lm.tokenizer import Tokenizer

LARGEST_WEIGHT = 1e6  # with larger ones float32 could overflow


@dataclass(frozen=True)
class Checkpoint:
    """Hold a model; its `weights` have the names and shapes of `weight_shapes`."""

    name: str
    model: ModelConfig
    training: TrainingConfig
    plan: Plan
    tokenizer: Tokenizer
    weights: Mapping[str, NDArray[np.float32]] = field(repr=False)
    corpus: Corpus = field(repr=False)
    step: int
    seconds: float
    created: str  # ISO 8601, UTC
    versions: Mapping[str, str]
    history: History = field(default_factory=History, repr=False)
    validation_bits_per_byte: float | None = None
    test_bits_per_byte: float | None = None
    finished: bool = False

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(weight.size for weight in self.weights.values())

    @property
    def fingerprint(self) -> str:
        """The identity of its jokes."""
        return self.corpus.fingerprint

    @property
    def progress(self) -> float:
        """The share of its run that is done, 0 to 1."""
        last = self.history.training[-1][0] if self.history.training else self.step
        return 1.0 if self.finished else min(1.0, last / max(1, self.plan.steps))


def weight_shapes(model: ModelConfig, vocabulary: int) -> dict[str, tuple[int, ...]]:
    """Return PyTorch's names of all weights, in its order, and their shapes."""
    hidden, keys = model.hidden_size, model.pointer_size
    shapes: dict[str, tuple[int, ...]] = {"embedding.weight": (vocabulary, hidden)}
    for layer in range(model.layers):
        shapes[f"lstm.weight_ih_l{layer}"] = shapes[f"lstm.weight_hh_l{layer}"] = (
            4 * hidden,
            hidden,
        )
        shapes[f"lstm.bias_ih_l{layer}"] = shapes[f"lstm.bias_hh_l{layer}"] = (4 * hidden,)
    if not model.tied:
        shapes["output.weight"] = (vocabulary, hidden)
    shapes["output.bias"] = (vocabulary,)
    if keys:
        shapes["query.weight"], shapes["query.bias"] = (keys, hidden), (keys,)
        shapes["key.weight"] = (keys, hidden)
        shapes["sentinel.weight"], shapes["sentinel.bias"] = (1, keys), (1,)
    return shapes
