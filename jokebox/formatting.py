"""Numbers and states in words, the same in the shell and on the screen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

BASELINES = {  # as they are shown
    "word_frequencies": "word frequencies",
    "word_3gram": "word 3-gram",
    "lzma": "compressor",
}
# a word is the more surprising the more of these limits it reaches, in bits
SURPRISING = (1, 3, 6, 9)
KEY_IN_TEXT = re.compile(r"\b(?:ctrl\+\w|f\d+)\b", re.IGNORECASE)


class Trained(Protocol):
    """A model, or what a list shows of one."""

    @property
    def finished(self) -> bool:
        """Whether its run went to the end."""

    @property
    def progress(self) -> float:
        """The share of its run that is done, 0 to 1."""


class Scored(Trained, Protocol):
    """A trained model, and how good it is."""

    @property
    def validation_bits_per_byte(self) -> float | None:
        """Its score on the validation jokes."""

    @property
    def fingerprint(self) -> str:
        """The identity of its jokes."""


def rolled_back(step: int, share: float) -> str:
    """Return what became of a run whose loss was no number: it is at `step` again.

    `share` is what is left of its learning rate.
    """
    return (
        f"The loss was no number. The run is back at step {step}, where it was best, and learns at"
        f" {share:g} of the planned rate."
    )


def described(model: Scored) -> str:
    """Return how far a model is trained, and its score: finished, 2.100 bits/byte."""
    score = model.validation_bits_per_byte
    state = training_state(model, can_resume=False)
    return f"{state}, {'no score' if score is None else f'{score:.3f} bits/byte'}"


def compared(model: Scored, other: Scored) -> str:
    """Return a sentence that says whether a model is better than another, if that can be said."""
    one, two = model.validation_bits_per_byte, other.validation_bits_per_byte
    if one is None or two is None:
        return "One of them has no score."
    if model.fingerprint != other.fingerprint:
        return "Their scores are over different jokes and cannot be compared."
    if f"{one:.3f}" == f"{two:.3f}":
        return "Both are equally good."
    return f"It is {'better' if one < two else 'WORSE'}, by {abs(one - two):.3f}."


def training_state(model: Trained, *, can_resume: bool) -> str:
    """Return how far a model is trained, and whether a stopped run can continue."""
    if model.finished:
        return "finished, with a stopped run" if can_resume else "finished"
    return f"{model.progress:.0%} trained" + ", resumable" * can_resume


def clock(seconds: float) -> str:
    """Return a time, rounded: 3:07, and from an hour on 9 h 18 min."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02}"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min"


def counted(number: int, what: str) -> str:
    """Return a number of things, with an s unless it is one: 1 joke, 1,295 jokes."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def short(number: int) -> str:
    """Return a large number in about three digits: 950, 36k, 3.7M."""
    if number < 1000:
        return str(number)
    return f"{number / 1e3:.0f}k" if number < 999_500 else f"{number / 1e6:.1f}M"


def surprise(bits: float) -> int:
    """Return how surprising a word was that cost so many bits, 0 to 4."""
    return sum(bits >= limit for limit in SURPRISING)


def percent(share: float) -> str:
    """Return a share of 1 in about two digits: 0.013 %, 2.5 %, 54 %."""
    if share < 0.0001:
        return "< 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"


def size(number: int) -> str:
    """Return a number of bytes: 36 kB, 3.7 MB."""
    return f"{number / 1e3:.0f} kB" if number < 999_500 else f"{number / 1e6:.1f} MB"


def with_own_keys(text: str, own: Mapping[str, str]) -> str:
    """Return `text` with the keys that the user has chosen instead of the usual ones."""
    return KEY_IN_TEXT.sub(lambda match: own.get(match[0].casefold(), match[0]), text)
