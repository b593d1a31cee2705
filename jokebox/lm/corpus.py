"""Jokes -> Corpus: clean, remove near-duplicates, split, fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    in every corpus with this joke; except in a corpus so small that a part would be empty, and
    except for favourites among other jokes, which are the last training jokes.

    `earlier` are the training jokes that a model knew before it learnt these, of the corpora
    `earlier_names`.
    """

    names: tuple[str, ...]
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    fingerprint: str  # SHA-256 of the sorted texts, and of the favourites among other jokes
    dropped_empty: int = 0
    dropped_duplicates: int = 0
    notices: tuple[str, ...] = ()
    earlier_names: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def learnt(self) -> tuple[str, ...]:
        """All jokes that a model has learnt from at the end of a run on this corpus."""
        return (*self.earlier, *self.training)

    def after(self, earlier: Corpus) -> Corpus:
        """Return this corpus as a model learns it that has learnt `earlier` before."""
        training = set(self.training)
        jokes = tuple(joke for joke in earlier.learnt if joke not in training)
        names = dict.fromkeys((*earlier.earlier_names, *earlier.names)) if jokes else ()
        return replace(self, earlier_names=tuple(names), earlier=jokes)


class CorpusBuilder:
    """Collects jokes: cleans them, and leaves out near-duplicates, of which the first is kept.

    With `letters_only`, the jokes keep only letters and spaces; near-duplicates are still found by
    letters and digits.
    """

    def __init__(self, *, letters_only: bool = False) -> None:
        self._letters_only = letters_only
        self._kept: dict[str, str] = {}
        self._favourites: set[str] = set()  # by their keys

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, raw: str, *, favourite: bool = False) -> str:
        """Take a joke; return the kind of row that is left out, or "" if it was kept.

        A near-duplicate of a `favourite` is a favourite too, whichever came first.
        """
        joke = normalise(raw)
        joke_key = duplicate_key(joke)
        text = _letters(joke) if self._letters_only else joke
        if not text:
            return EMPTY
        if favourite:
            self._favourites.add(joke_key)
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

        `names` are the corpora that they come from. Favourites among other jokes are all training
        jokes: the others decide which weights are best. Raises CorpusError if fewer than MIN_JOKES
        are left, favourites among others not counted.
        """
        kept, left_out, notices = self._kept, left_out or {}, tuple(notices)
        others = {key: joke for key, joke in kept.items() if key not in self._favourites} or kept
        if len(others) < MIN_JOKES:
            why = "; ".join(notices) or (f"left out {in_words(left_out)}" if left_out else "")
            raise _too_few(", ".join(names), len(kept), len(self._favourites), why)
        training, validation, test = _split(others)
        favourites = tuple(joke for key, joke in kept.items() if key not in others)
        identity = (*sorted(kept.values()), *sorted(favourites))
        return Corpus(
            names=names,
            training=training + favourites,
            validation=validation,
            test=test,
            fingerprint=hashlib.sha256("\n".join(identity).encode()).hexdigest(),
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


def _too_few(names: str, jokes: int, favourites: int, why: str) -> CorpusError:
    """Return the error of a corpus of so many `jokes`, some of them `favourites`."""
    found, hint = f"{jokes} different jokes", "add jokes, or train on several files together."
    if favourites and jokes == favourites:
        found, hint = f"{jokes} of them", "ctrl+f in the talk adds one."
    elif favourites:
        found = f"{jokes - favourites} different jokes beside {favourites} favourites"
    return CorpusError(
        f"too few {'favourites' if jokes == favourites > 0 else 'jokes'} to learn from",
        f"{names}: {found}" + (f"; {why[:LONGEST_REASON]}" if why else ""),
        f"At least {MIN_JOKES} are needed: {hint}",
    )


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
