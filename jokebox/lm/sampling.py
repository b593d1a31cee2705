"""From logits to one token: temperature, top-k, top-p and min-p."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.config import Sampling


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural-log probabilities over the last axis, shape as given."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(shifted - total)


def choose(
    logits: NDArray[np.float32],  # (V,)
    sampling: Sampling,
    rng: np.random.Generator,
    forbidden: slice | Sequence[int] | None = None,
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
    order = np.flatnonzero(p >= least if least else p > 0)
    order = order[np.argsort(-p[order], kind="stable")]
    if sampling.top_k:
        order = order[: sampling.top_k]
    total = p[order].sum() if sampling.top_k else p.sum()
    p = p[order]
    kept = p[(np.cumsum(p) - p < sampling.top_p * total) & (p >= sampling.min_p)]
    # one uniform number a word, whatever the filters: the same seed tells the same joke
    drawn = np.searchsorted(np.cumsum(kept), rng.random() * kept.sum(), side="right")
    return int(order[min(int(drawn), len(kept) - 1)])
