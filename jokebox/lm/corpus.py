"""Jokes -> Corpus: clean, remove near-duplicates, split, fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jokebox.errors import CorpusError
from jokebox.lm.text import normalise

MIN_JOKES = 20

VALIDATION_FROM, TEST_FROM = 0.8, 0.9

_NOT_LETTERS_OR_DIGITS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Corpus:
    """Normalised jokes without near-duplicates, in the order of their files, in three parts.

    A hash of its letters and digits alone decides which part a joke belongs to, so it is the same
    in every corpus with this joke; except in a corpus so small that a part would be empty.
    """

    names: tuple[str, ...]
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    fingerprint: str  # SHA-256 of the sorted texts
    dropped_empty: int = 0
    dropped_duplicates: int = 0
    notices: tuple[str, ...] = ()


def build_corpus(
    jokes: Iterable[str],
    names: tuple[str, ...],
    *,
    letters_only: bool = False,
    notices: Iterable[str] = (),
) -> Corpus:
    """Clean and split `jokes`, and remove near-duplicates, of which the first one is kept.

    `names` are the corpora that they come from, `notices` what the user should know about reading
    them. With `letters_only`, the jokes keep only letters and spaces; near-duplicates are still
    found by letters and digits. Raises CorpusError if fewer than MIN_JOKES are left.
    """
    kept: dict[str, str] = {}
    empty = duplicates = 0
    for raw in jokes:
        joke = normalise(raw)
        joke_key = duplicate_key(joke)
        text = _letters(joke) if letters_only else joke
        if not text:
            empty += 1
        elif joke_key in kept:
            duplicates += 1
        else:
            kept[joke_key] = text
    if len(kept) < MIN_JOKES:
        dropped = ""
        if empty or duplicates:
            dropped = f" ({empty} empty and {duplicates} near-duplicate jokes left out)"
        raise CorpusError(
            "too few jokes to learn from",
            f"{', '.join(names)}: {len(kept)} different jokes{dropped}",
            f"At least {MIN_JOKES} are needed: add jokes, or train on several files together.",
        )
    training, validation, test = _split(kept)
    return Corpus(
        names=names,
        training=training,
        validation=validation,
        test=test,
        fingerprint=hashlib.sha256("\n".join(sorted(kept.values())).encode()).hexdigest(),
        dropped_empty=empty,
        dropped_duplicates=duplicates,
        notices=tuple(notices),
    )


def duplicate_key(joke: str) -> str:
    """Return what near-duplicates have in common: the letters and digits of `joke`, case-folded.

    If it has neither, this is the joke itself.
    """
    return _NOT_LETTERS_OR_DIGITS.sub("", joke.casefold()) or joke


def _letters(joke: str) -> str:
    return normalise("".join(c for c in joke if c.isalpha() or c == " "))


def _split(jokes: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """Split texts by key into training, validation and test, none of them empty.

    An empty part gets a tenth of all jokes from the largest part, those with the lowest hashes.
    """
    hashes = [_fraction(joke_key) for joke_key in jokes]
    parts = [(h >= VALIDATION_FROM) + (h >= TEST_FROM) for h in hashes]
    for part in range(3):
        if part not in parts:
            largest = max(set(parts), key=parts.count)
            donors = sorted((h, i) for i, h in enumerate(hashes) if parts[i] == largest)
            for _, i in donors[: max(1, len(parts) // 10)]:
                parts[i] = part
    texts = list(jokes.values())
    return tuple(
        tuple(text for text, p in zip(texts, parts, strict=True) if p == part) for part in range(3)
    )


def _fraction(joke_key: str) -> float:
    """Return a number from 0 to 1 that depends only on the key."""
    digest = hashlib.blake2b(joke_key.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
