"""Text <-> token ids, without loss.

A token is a word with its leading space, or a punctuation mark. Words that a capital or
all-capitals restores are lower-case behind a case mark; those outside the vocabulary are spelled in
UTF-8 bytes. The text is read as if a space stood before it, so that the first word is the same
token as anywhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import ClassVar, Protocol

from jokebox.lm.text import normalise, sanitise

END, CAPITAL, UPPER, BYTES = 0, 1, 2, 3  # ids 3 to 258 are the bytes 0 to 255
FIRST_WORD = BYTES + 256
SMALL_CORPUS = 2000  # jokes; below it every word is a token
MOST_WORDS = 20_000  # the output layer's work grows with them; rarer ones are spelled

# Scripts written without spaces, where a character is a word.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana, Han
)
# Signs that belong to the letter before them: accents, and the vowels of Indic scripts.
_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0981-\u0983\u09bc-\u09cd"
_LETTER = rf"(?:[^\W\d_{_SPACELESS}]|[{_MARKS}])"
_PIECE = re.compile(rf" ?(?:{_LETTER}+(?:'{_LETTER}+)*|\d+|[^ ])| ")
_ASCII_PIECE = re.compile(r" ?(?:[A-Za-z]+(?:'[A-Za-z]+)*|\d+|[^ ])| ")  # the same, much faster


def pieces(text: str) -> list[str]:
    """Cut `text` into words and marks, each with its leading space; joined they are `text`."""
    return (_ASCII_PIECE if text.isascii() else _PIECE).findall(text)


class Tokenizer(Protocol):
    """What training, talking and scoring need of a tokenizer.

    `end` is the id that ends a joke, None where nothing does; `start` the ids read from a zero
    state before a first joke; `spelling` the ids that spell words outside the vocabulary; `marks`
    those that change the case of the word after them.
    """

    kind: ClassVar[str]
    end: ClassVar[int | None]
    start: ClassVar[tuple[int, ...]]
    spelling: ClassVar[slice]
    marks: ClassVar[tuple[int, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """The vocabulary, most frequent first."""

    @property
    def size(self) -> int:
        """The number of ids; every id is below it."""

    def encode(self, text: str) -> list[int]:
        """The ids of `normalise(text)`, without the end of the joke."""

    def encode_spaced(self, text: str) -> list[int]:
        """The ids of text as told, which begins with a space where a word begins."""

    def decode(self, ids: Iterable[int]) -> str:
        """The text of any ids."""

    def decode_spaced(self, ids: Iterable[int]) -> str:
        """The text of any ids, with the space that a first word has before it."""

    def begins_word(self, previous: int, id: int) -> bool:
        """Whether `id` begins something new, so that what `previous` belongs to is complete."""

    def ends_word(self, id: int) -> bool:
        """Whether `id` ends a word, whatever follows."""

    def unknown(self, text: str) -> list[str]:
        """The words of `text` that `encode` has to leave out."""


@dataclass(frozen=True)
class WordTokenizer:
    """Words with a spelled-out fallback; `words` are the vocabulary, most frequent first."""

    words: tuple[str, ...]
    kind: ClassVar[str] = "words"
    end: ClassVar[int | None] = END
    start: ClassVar[tuple[int, ...]] = (END,)
    spelling: ClassVar[slice] = slice(BYTES, FIRST_WORD)
    marks: ClassVar[tuple[int, ...]] = (CAPITAL, UPPER)

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WordTokenizer:
        """The words seen twice in `jokes`, up to MOST_WORDS; all of them where jokes are few."""
        counts = Counter[str]()
        told = chain.from_iterable(pieces(f" {joke}") for joke in jokes)
        for piece, count in Counter(told).items():
            counts[_split_case(piece)[1]] += count
        least = 1 if len(jokes) < SMALL_CORPUS else 2
        frequent = counts.most_common(MOST_WORDS)
        return cls(tuple(word for word, count in frequent if count >= least))

    @property
    def size(self) -> int:
        return FIRST_WORD + len(self.words)

    def encode(self, text: str) -> list[int]:
        text = normalise(text)
        return self.encode_spaced(f" {text}") if text else []

    def encode_spaced(self, text: str) -> list[int]:
        return list(chain.from_iterable(map(self._piece_ids, pieces(text))))

    def __getstate__(self) -> dict[str, object]:
        return {"words": self.words}  # for other ranks: a cache cannot travel

    @cached_property
    def _piece_ids(self) -> Callable[[str], tuple[int, ...]]:
        return cache(self._find)

    def _find(self, piece: str) -> tuple[int, ...]:
        mark, word = _split_case(piece)
        id = self._ids.get(word)
        ids = spell(word) if id is None else (id,)
        return (mark, *ids) if mark else ids

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words, FIRST_WORD)}

    def decode(self, ids: Iterable[int]) -> str:
        return self.decode_spaced(ids).removeprefix(" ")

    def decode_spaced(self, ids: Iterable[int]) -> str:
        text: list[str] = []
        spelled, mark = bytearray(), 0
        for id in (*ids, END):
            if BYTES <= id < FIRST_WORD:
                spelled.append(id - BYTES)
                continue
            if spelled:
                text.append(_read_bytes(spelled, mark))
                mark = 0
            if id >= FIRST_WORD:
                text.append(_with_case(mark, self.words[id - FIRST_WORD]))
            mark = id if id in (CAPITAL, UPPER) else 0
        return "".join(text)

    def begins_word(self, previous: int, id: int) -> bool:
        if BYTES <= previous < FIRST_WORD and BYTES <= id < FIRST_WORD:
            return id == BYTES + ord(" ")
        return previous not in (CAPITAL, UPPER)

    def ends_word(self, id: int) -> bool:
        return id >= FIRST_WORD

    def unknown(self, text: str) -> list[str]:
        return []


@dataclass(frozen=True)
class WhitespaceTokenizer:
    """The tutorial's tokens: what stands between spaces, each its own; nothing marks an end."""

    words: tuple[str, ...]
    kind: ClassVar[str] = "whitespace"
    end: ClassVar[int | None] = None
    start: ClassVar[tuple[int, ...]] = ()
    spelling: ClassVar[slice] = slice(0, 0)
    marks: ClassVar[tuple[int, ...]] = ()

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WhitespaceTokenizer:
        counts = Counter(word for joke in jokes for word in joke.split())
        return cls(tuple(word for word, _ in counts.most_common()))

    @property
    def size(self) -> int:
        return len(self.words)

    def encode(self, text: str) -> list[int]:
        return [self._ids[word] for word in normalise(text).split() if word in self._ids]

    def encode_spaced(self, text: str) -> list[int]:
        return self.encode(text)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words)}

    def decode(self, ids: Iterable[int]) -> str:
        return " ".join(self.words[id] for id in ids)

    def decode_spaced(self, ids: Iterable[int]) -> str:
        return "".join(f" {self.words[id]}" for id in ids)

    def begins_word(self, previous: int, id: int) -> bool:
        return True

    def ends_word(self, id: int) -> bool:
        return True

    def unknown(self, text: str) -> list[str]:
        return [word for word in normalise(text).split() if word not in self._ids]


TOKENIZERS: dict[str, type[WordTokenizer] | type[WhitespaceTokenizer]] = {
    tokenizer.kind: tokenizer for tokenizer in (WordTokenizer, WhitespaceTokenizer)
}


def _read_bytes(spelled: bytearray, mark: int) -> str:
    """The text of the bytes, which are used up; the mark is for the first word of it."""
    first, *rest = pieces(sanitise(spelled.decode("utf-8", errors="replace"))) or [""]
    spelled.clear()
    return "".join([_with_case(mark, first), *rest])


def spell(word: str) -> tuple[int, ...]:
    """The byte ids of `word`."""
    return tuple(BYTES + byte for byte in word.encode())


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
