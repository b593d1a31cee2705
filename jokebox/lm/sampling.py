"""From logits to one token: temperature, top-k, top-p and min-p."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.config import Sampling


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural-log probabilities over the last axis, shape as given."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(shifted - total)


def bits(logits: NDArray[np.float32], id: int) -> float:
    """What one token of (V,) costs, without making the probabilities of the others."""
    shifted = logits - logits.max()
    return (math.log(np.exp(shifted).sum()) - float(shifted[id])) / math.log(2)


def choose(
    logits: NDArray[np.float32],  # (V,)
    sampling: Sampling,
    rng: np.random.Generator,
    forbidden: NDArray[np.intp] | None = None,
) -> int:
    """Draw one token id; ids in `forbidden` are never drawn."""
    scores = logits.copy()
    if forbidden is not None:
        scores[forbidden] = -np.inf
    if sampling.temperature == 0:
        return int(scores.argmax())
    p = np.exp((scores - scores.max()) / sampling.temperature)  # the likeliest is 1
    # what min-p leaves is a handful of thousands, and sorting them all would take most of the time
    least = 0 if sampling.top_k else sampling.min_p
    order = (p >= least if least else p > 0).nonzero()[0]
    order = order[(-p[order]).argsort(kind="stable")]
    if sampling.top_k:
        order = order[: sampling.top_k]
    total = p[order].sum() if sampling.top_k else p.sum()
    p = p[order]
    kept = p[(p.cumsum() - p < sampling.top_p * total) & (p >= sampling.min_p)]
    # one uniform number a word, whatever the filters: the same seed tells the same joke
    drawn = kept.cumsum().searchsorted(rng.random() * kept.sum(), side="right")
    return int(order[min(int(drawn), len(kept) - 1)])
