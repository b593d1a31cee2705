"""Jokes -> Corpus: clean, remove near-duplicates, split, fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from jokebox.errors import CorpusError
from jokebox.lm.text import normalise

MIN_JOKES = 20
LONGEST_REASON = 400  # characters of notices in an error
EMPTY, NEAR_DUPLICATE = "empty", "near-duplicate"  # kinds of rows that are left out

VALIDATION_FROM, TEST_FROM = 0.8, 0.9

_NOT_LETTERS_OR_DIGITS = re.compile(r"[\W_]+")
_ASCII_OTHERS = bytes(code for code in range(128) if not chr(code).isalnum())


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


class CorpusBuilder:
    """Collects jokes: cleans them, and leaves out near-duplicates, of which the first is kept.

    With `letters_only`, the jokes keep only letters and spaces; near-duplicates are still found by
    letters and digits.
    """

    def __init__(self, *, letters_only: bool = False) -> None:
        self._letters_only = letters_only
        self._kept: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, raw: str) -> str:
        """Take a joke; return the kind of row that is left out, or "" if it was kept."""
        joke = normalise(raw)
        joke_key = duplicate_key(joke)
        text = _letters(joke) if self._letters_only else joke
        if not text:
            return EMPTY
        if joke_key in self._kept:
            return NEAR_DUPLICATE
        self._kept[joke_key] = text
        return ""

    def jokes(self, start: int = 0, stop: int | None = None) -> tuple[str, ...]:
        """Return some of the jokes that were kept, in the order in which they came."""
        return tuple(islice(self._kept.values(), start, stop))

    def build(
        self,
        names: tuple[str, ...],
        *,
        left_out: Mapping[str, int] | None = None,
        notices: Iterable[str] = (),
    ) -> Corpus:
        """Split the jokes; `left_out` and `notices` are what the user should know about them.

        `names` are the corpora that they come from. Raises CorpusError if fewer than MIN_JOKES are
        left.
        """
        kept, left_out, notices = self._kept, left_out or {}, tuple(notices)
        if len(kept) < MIN_JOKES:
            why = "; ".join(notices) or (left_out and f"left out {in_words(left_out)}")
            raise CorpusError(
                "too few jokes to learn from",
                f"{', '.join(names)}: {len(kept)} different jokes"
                + (f"; {why[:LONGEST_REASON]}" if why else ""),
                f"At least {MIN_JOKES} are needed: add jokes, or train on several files together.",
            )
        training, validation, test = _split(kept)
        return Corpus(
            names=names,
            training=training,
            validation=validation,
            test=test,
            fingerprint=hashlib.sha256("\n".join(sorted(kept.values())).encode()).hexdigest(),
            dropped_empty=left_out.get(EMPTY, 0),
            dropped_duplicates=left_out.get(NEAR_DUPLICATE, 0),
            notices=notices,
        )


def build_corpus(
    jokes: Iterable[str], names: tuple[str, ...], *, letters_only: bool = False
) -> Corpus:
    """Return a corpus of `jokes`; raise CorpusError if they are too few."""
    builder = CorpusBuilder(letters_only=letters_only)
    left_out = Counter(map(builder.add, jokes))
    del left_out[""]
    return builder.build(names, left_out=dict(left_out))


def in_words(left_out: Mapping[str, int]) -> str:
    """Return how many rows of each kind were left out: "2 empty, 1 near-duplicate"."""
    return ", ".join(f"{number:,} {kind}" for kind, number in sorted(left_out.items()))


def duplicate_key(joke: str) -> str:
    """Return what near-duplicates have in common: the letters and digits of `joke`, case-folded.

    If it has neither, this is the joke itself.
    """
    folded = joke.casefold()
    if folded.isascii():  # the same, much faster
        return folded.encode().translate(None, _ASCII_OTHERS).decode() or joke
    return _NOT_LETTERS_OR_DIGITS.sub("", folded) or joke


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
