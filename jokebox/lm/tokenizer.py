"""Text <-> token ids, without loss.

A token is a word with its leading space, or a punctuation mark. Words that a capital or
all-capitals restores are stored lower-case behind a case mark; words outside the vocabulary are
spelled in UTF-8 bytes. The text is read as if a space stood before it, so that the first word is
the same token as anywhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from jokebox.lm.text import normalise, sanitise

END, CAPITAL, UPPER, BYTES = 0, 1, 2, 3  # ids 3 to 258 are the bytes 0 to 255
FIRST_WORD = BYTES + 256
SMALL_CORPUS = 2000  # jokes; below it every word is a token

# Scripts written without spaces, where a character is a word.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana, Han
)
# Signs that belong to the letter before them: accents, and the vowels of Indic scripts.
_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0981-\u0983\u09bc-\u09cd"
_LETTER = rf"(?:[^\W\d_{_SPACELESS}]|[{_MARKS}])"
_PIECE = re.compile(rf" ?(?:{_LETTER}+(?:'{_LETTER}+)*|\d+|[^ ]|$)| ")


def pieces(text: str) -> list[str]:
    """Cut `text` into words and marks, each with its leading space; joined they are `text`."""
    return [piece for piece in _PIECE.findall(text) if piece]


class Tokenizer(Protocol):
    """What training, talking and scoring need of a tokenizer."""

    @property
    def size(self) -> int:
        """The number of ids; every id is below it."""

    @property
    def start(self) -> tuple[int, ...]:
        """The ids read from a zero state before a first joke."""

    def encode(self, text: str) -> list[int]:
        """The ids of `normalise(text)`, without the end of the joke."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of any ids."""

    def unknown(self, text: str) -> list[str]:
        """The words of `text` that `encode` has to leave out."""


@dataclass(frozen=True)
class WordTokenizer:
    """Words with a spelled-out fallback; `words` are the vocabulary, most frequent first."""

    words: tuple[str, ...]

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WordTokenizer:
        """The words seen twice in `jokes`; all of them where there are few jokes."""
        counts = Counter(word for joke in jokes for word in _uncased(pieces(f" {joke}")))
        least = 1 if len(jokes) < SMALL_CORPUS else 2
        return cls(tuple(word for word, count in counts.most_common() if count >= least))

    @property
    def size(self) -> int:
        return FIRST_WORD + len(self.words)

    @property
    def start(self) -> tuple[int, ...]:
        return (END,)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words, FIRST_WORD)}

    def encode(self, text: str) -> list[int]:
        text = normalise(text)
        return [id for piece in pieces(f" {text}") for id in self._encode_piece(piece)] if text else []

    def _encode_piece(self, piece: str) -> tuple[int, ...]:
        mark, word = _split_case(piece)
        id = self._ids.get(word)
        if id is not None:
            return (mark, id) if mark else (id,)
        id = self._ids.get(piece)
        return (id,) if id is not None else spell(piece)

    def decode(self, ids: Iterable[int]) -> str:
        decoder = Decoder(self)
        text = "".join([word for id in ids for word in decoder.feed(id)] + decoder.flush())
        return text.removeprefix(" ")

    def unknown(self, text: str) -> list[str]:
        return []


class Decoder:
    """Ids in, whole words out: case marks and bytes wait until their word is complete."""

    def __init__(self, tokenizer: WordTokenizer) -> None:
        self._words = tokenizer.words
        self._mark = 0
        self._bytes = bytearray()

    def feed(self, id: int) -> list[str]:
        """Take one id; the words that are complete because of it."""
        if BYTES <= id < FIRST_WORD:
            done = self.flush() if id == BYTES + ord(" ") else []
            self._bytes.append(id - BYTES)
            return done
        done = self.flush()
        if id in (CAPITAL, UPPER):
            self._mark = id
        elif id != END:
            done.append(_with_case(self._mark, self._words[id - FIRST_WORD]))
            self._mark = 0
        return done

    def flush(self) -> list[str]:
        """The word that was being spelled, if any."""
        spelled = sanitise(self._bytes.decode("utf-8", errors="replace"))
        self._bytes.clear()
        return [spelled] if spelled else []


@dataclass(frozen=True)
class WhitespaceTokenizer:
    """The tutorial's tokens: what stands between spaces, each its own; nothing marks an end."""

    words: tuple[str, ...]

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WhitespaceTokenizer:
        counts = Counter(word for joke in jokes for word in joke.split())
        return cls(tuple(word for word, _ in counts.most_common()))

    @property
    def size(self) -> int:
        return len(self.words)

    @property
    def start(self) -> tuple[int, ...]:
        return ()

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words)}

    def encode(self, text: str) -> list[int]:
        return [self._ids[word] for word in normalise(text).split() if word in self._ids]

    def decode(self, ids: Iterable[int]) -> str:
        return " ".join(self.words[id] for id in ids)

    def unknown(self, text: str) -> list[str]:
        return [word for word in normalise(text).split() if word not in self._ids]


AnyTokenizer = WordTokenizer | WhitespaceTokenizer


def spell(piece: str) -> tuple[int, ...]:
    """The byte ids of `piece`."""
    return tuple(BYTES + byte for byte in piece.encode())


def _split_case(piece: str) -> tuple[int, str]:
    """A case mark (0 for none) and the piece in the case that the mark restores exactly."""
    lower = piece.lower()
    if lower == piece:
        return 0, piece
    for mark in (CAPITAL, UPPER):
        if _with_case(mark, lower) == piece:
            return mark, lower
    return 0, piece


def _with_case(mark: int, piece: str) -> str:
    if mark == UPPER:
        return piece.upper()
    if mark == CAPITAL:
        first = 1 if piece.startswith(" ") else 0
        return piece[:first] + piece[first : first + 1].upper() + piece[first + 1 :]
    return piece


def _uncased(text_pieces: Iterable[str]) -> Iterator[str]:
    return (_split_case(piece)[1] for piece in text_pieces)


def encode_stream(
    tokenizer: AnyTokenizer, jokes: Sequence[str], rng: np.random.Generator
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    raise NotImplementedError
