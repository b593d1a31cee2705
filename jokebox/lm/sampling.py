"""From scores to a token: softmax, temperature, top-k, top-p and min-p."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from jokebox.lm.config import Sampling

Array = NDArray[np.float32]


def log_softmax(logits: Array) -> Array:
    """Return natural-log probabilities over the last axis: (..., V) gives (..., V)."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(shifted - total)


def token_bits(log_p: Array, id: int) -> float:
    """Return the cost of token `id` in bits; `log_p` (V,) are natural-log probabilities."""
    return max(0.0, -float(log_p[id])) / math.log(2)


def sample_token(
    logits: Array,  # (V,)
    sampling: Sampling,
    rng: np.random.Generator,
    forbidden: NDArray[np.intp] | None = None,
) -> int:
    """Draw a token id from `logits`; ids in `forbidden` are never drawn.

    Temperature 0 returns the likeliest id and uses no random number.
    """
    ids, p = _kept(logits, sampling, forbidden)
    if sampling.temperature == 0:
        return int(ids[0])
    # one uniform number per token, whatever the filters: the same seed tells the same joke
    drawn = p.cumsum().searchsorted(rng.random() * p.sum(), side="right")
    return int(ids[min(int(drawn), len(ids) - 1)])


def drawn(
    logits: Array,  # (V,)
    sampling: Sampling,
    forbidden: NDArray[np.intp] | None = None,
) -> Array:
    """Return how likely `sample_token` is to draw each id: (V,), 0 if it cannot be drawn."""
    ids, p = _kept(logits, sampling, forbidden)
    all_p = np.zeros_like(logits)
    all_p[ids] = p / p.sum()
    return all_p


def _kept(
    logits: Array, sampling: Sampling, forbidden: NDArray[np.intp] | None
) -> tuple[NDArray[np.intp], Array]:
    """Return the ids that may be drawn and their unnormalised probabilities, likeliest first.

    The filters apply to probabilities at this temperature: top-k, top-p (Holtzman et al. 2019),
    min-p (Nguyen et al. 2024).
    """
    scores = logits.copy()
    if forbidden is not None:
        scores[forbidden] = -np.inf
    if sampling.temperature == 0:
        return scores.argmax(axis=-1, keepdims=True), np.ones(1, np.float32)
    p = np.exp((scores - scores.max()) / sampling.temperature)  # unnormalised: the likeliest is 1
    # min-p leaves few ids: sorting all V would take most of the time
    least = 0 if sampling.top_k else sampling.min_p
    order = (p >= least if least else p > 0).nonzero()[0]
    order = order[(-p[order]).argsort(kind="stable")]
    if sampling.top_k:
        order = order[: sampling.top_k]
    total = p[order].sum() if sampling.top_k else p.sum()
    p = p[order]
    kept = (p.cumsum() - p < sampling.top_p * total) & (p >= sampling.min_p)
    return order[kept], p[kept]
