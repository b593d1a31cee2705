"""From logits to one token: temperature, top-k, top-p and min-p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jokebox.errors import SettingsError


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


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Natural-log probabilities over the last axis, shape as given."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.asarray(shifted - total)


def choose(
    logits: NDArray[np.float32],  # (V,)
    sampling: Sampling,
    rng: np.random.Generator,
    forbidden: slice | Sequence[int] | None = None,
) -> int:
    """Draw one token id; ids in `forbidden` are never drawn."""
    scores = logits.astype(np.float64)
    if forbidden is not None:
        scores[forbidden] = -np.inf
    if sampling.temperature == 0:
        return int(scores.argmax())
    order = np.argsort(-scores, kind="stable")
    if sampling.top_k:
        order = order[: sampling.top_k]
    scaled = (scores[order] - scores[order[0]]) / sampling.temperature
    p = np.exp(scaled)
    p /= p.sum()
    keep = (np.cumsum(p) - p < sampling.top_p) & (p >= sampling.min_p * p[0])
    p = np.where(keep, p, 0.0)
    # one uniform number a word, whatever the filters: the same seed tells the same joke
    drawn = np.searchsorted(np.cumsum(p), rng.random() * p.sum(), side="right")
    return int(order[min(int(drawn), int(keep.sum()) - 1)])
