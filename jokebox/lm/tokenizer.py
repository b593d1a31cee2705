"""Text <-> token ids, without loss.

A token is a word with its leading space, or a punctuation mark. A capitalised or all-capitals word
is encoded as a case mark and the word in lower case, if that restores it exactly; a word outside
the vocabulary is spelled in UTF-8 bytes. Text is encoded as if a space came before it, so that a
first word has the same id as anywhere else.

The tutorial's own, lossy tokenizer is here too: `WhitespaceTokenizer`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import ClassVar, Protocol

from jokebox.lm.text import normalise, sanitise

END, CAPITAL, UPPER, BYTES = 0, 1, 2, 3  # ids 3 to 258 are the bytes 0 to 255
FIRST_WORD = BYTES + 256
SMALL_CORPUS = 2000  # jokes; below this, every word is in the vocabulary
MAX_WORDS = 20_000  # in the vocabulary: the cost of the output layer grows with it
SINGLE_WORDS = 0.9  # of the jokes: then they are names
MOST_PIECES = 3  # of one such word: Jean-Luc

# Scripts written without spaces: each character is a word.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Kana, Han
)
# Combining marks, part of the letter before them: accents, and the vowels of Indic scripts.
_MARKS = "\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0981-\u0983\u09bc-\u09cd"
_LETTER = rf"(?:[^\W\d_{_SPACELESS}]|[{_MARKS}])"
_PIECE = re.compile(rf" ?(?:{_LETTER}+(?:'{_LETTER}+)*|\d+|[^ ])| ")
_ASCII_PIECE = re.compile(r" ?(?:[A-Za-z]+(?:'[A-Za-z]+)*|\d+|[^ ])| ")  # the same, much faster


def pieces(text: str) -> list[str]:
    """Split `text` into words and punctuation marks, each with its leading space, if any.

    Joining them gives `text` again.
    """
    return (_ASCII_PIECE if text.isascii() else _PIECE).findall(text)


def are_single_words(jokes: Sequence[str]) -> bool:
    """Return whether nearly all of `jokes` are single words, such as names."""
    single = sum(
        " " not in joke and joke[:1].isalpha() and len(pieces(joke)) <= MOST_PIECES
        for joke in jokes
    )
    return single >= SINGLE_WORDS * len(jokes) > 0


class Tokenizer(Protocol):
    """What training, talking and scoring need of a tokenizer.

    `kind` is its name in model files; `end` the id that ends a joke, None if no id does; `start`
    the ids that a model reads before its first joke; `spelling` the ids that spell words outside
    the vocabulary; `case_marks` the ids that change the case of the word after them.
    """

    kind: ClassVar[str]
    end: ClassVar[int | None]
    start: ClassVar[tuple[int, ...]]
    spelling: ClassVar[slice]
    case_marks: ClassVar[tuple[int, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """The vocabulary, most frequent first."""

    @property
    def size(self) -> int:
        """The number V of ids, which are 0 to V - 1."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of `normalise(text)`, without the end of the joke."""

    def encode_spaced(self, text: str) -> list[int]:
        """Return the ids of `text` as it is: with a leading space if it begins with a word."""

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`, which need not be the ids of a complete text."""

    def decode_spaced(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`, including the leading space of a first word."""

    def begins_word(self, previous: int, id: int) -> bool:
        """Return whether `id` begins a new word, so that the word of `previous` is complete."""

    def ends_word(self, id: int) -> bool:
        """Return whether a word is complete after `id`, whatever follows."""

    def unknown(self, text: str) -> list[str]:
        """Return the words of `text` that `encode` leaves out."""


@dataclass(frozen=True)
class WordTokenizer:
    """Encodes words as ids, and words outside the vocabulary as bytes; loses nothing.

    `words` are the vocabulary, with their leading spaces, most frequent first.
    """

    words: tuple[str, ...]
    kind: ClassVar[str] = "words"
    end: ClassVar[int | None] = END
    start: ClassVar[tuple[int, ...]] = (END,)
    spelling: ClassVar[slice] = slice(BYTES, FIRST_WORD)
    case_marks: ClassVar[tuple[int, ...]] = (CAPITAL, UPPER)

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WordTokenizer:
        """Return a tokenizer whose vocabulary is the MAX_WORDS most frequent words of `jokes`.

        With SMALL_CORPUS jokes or more, a word that occurs once is left out. It has no words at
        all, so that everything is spelled, if `jokes` are names or other single words.
        """
        if are_single_words(jokes):
            return cls(())
        counts = Counter[str]()
        all_pieces = chain.from_iterable(pieces(f" {joke}") for joke in jokes)
        for piece, count in Counter(all_pieces).items():
            counts[_split_case(piece)[1]] += count
        min_count = 1 if len(jokes) < SMALL_CORPUS else 2
        frequent = counts.most_common(MAX_WORDS)
        return cls(tuple(word for word, count in frequent if count >= min_count))

    @property
    def size(self) -> int:
        """The number V of ids: the end of a joke, the case marks, the bytes and the words."""
        return FIRST_WORD + len(self.words)

    def encode(self, text: str) -> list[int]:
        """Return the ids of `normalise(text)`, as if a space came before it."""
        text = normalise(text)
        return self.encode_spaced(f" {text}") if text else []

    def encode_spaced(self, text: str) -> list[int]:
        """Return the ids of `text` as it is: with a leading space if it begins with a word."""
        return list(chain.from_iterable(map(self._piece_ids, pieces(text))))

    def __getstate__(self) -> dict[str, object]:
        return {"words": self.words}  # sent to other ranks: a cache cannot be pickled

    @cached_property
    def _piece_ids(self) -> Callable[[str], tuple[int, ...]]:
        return cache(self._encode_piece)

    def _encode_piece(self, piece: str) -> tuple[int, ...]:
        mark, word = _split_case(piece)
        id = self._ids.get(word)
        ids = byte_ids(word) if id is None else (id,)
        return (mark, *ids) if mark else ids

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words, FIRST_WORD)}

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`; ends of jokes, and marks without a word, give no text."""
        return self.decode_spaced(ids).removeprefix(" ")

    def decode_spaced(self, ids: Iterable[int]) -> str:
        """Return the text of `ids`, including the leading space of a first word."""
        text: list[str] = []
        spelled, mark = bytearray(), 0
        for id in (*ids, END):
            if BYTES <= id < FIRST_WORD:
                spelled.append(id - BYTES)
                continue
            if spelled:
                text.append(_decode_bytes(spelled, mark))
                mark = 0
            if id >= FIRST_WORD:
                text.append(_with_case(mark, self.words[id - FIRST_WORD]))
            mark = id if id in (CAPITAL, UPPER) else 0
        return "".join(text)

    def begins_word(self, previous: int, id: int) -> bool:
        """Return whether `id` begins a new word: not after a case mark or inside a spelled word."""
        if BYTES <= previous < FIRST_WORD and BYTES <= id < FIRST_WORD:
            return id == BYTES + ord(" ")
        return previous not in (CAPITAL, UPPER)

    def ends_word(self, id: int) -> bool:
        """Return whether `id` is a word of the vocabulary."""
        return id >= FIRST_WORD

    def unknown(self, text: str) -> list[str]:
        """Return no words: those outside the vocabulary are spelled, not left out."""
        return []


@dataclass(frozen=True)
class WhitespaceTokenizer:
    """The tutorial's tokenizer: splits at spaces, leaves out unknown words, marks no end of a joke.

    `words` are the vocabulary, most frequent first; the id of a word is its index.
    """

    words: tuple[str, ...]
    kind: ClassVar[str] = "whitespace"
    end: ClassVar[int | None] = None
    start: ClassVar[tuple[int, ...]] = ()
    spelling: ClassVar[slice] = slice(0, 0)
    case_marks: ClassVar[tuple[int, ...]] = ()

    @classmethod
    def fit(cls, jokes: Sequence[str]) -> WhitespaceTokenizer:
        """Return a tokenizer whose vocabulary is all words of `jokes`."""
        counts = Counter(word for joke in jokes for word in joke.split())
        return cls(tuple(word for word, _ in counts.most_common()))

    @property
    def size(self) -> int:
        """The number V of ids: one for each word."""
        return len(self.words)

    def encode(self, text: str) -> list[int]:
        """Return the ids of the known words of `normalise(text)`."""
        return [self._ids[word] for word in normalise(text).split() if word in self._ids]

    def encode_spaced(self, text: str) -> list[int]:
        """Return the ids of `encode`: spaces are not part of a word."""
        return self.encode(text)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: id for id, word in enumerate(self.words)}

    def decode(self, ids: Iterable[int]) -> str:
        """Return the words of `ids` with a space between each two."""
        return " ".join(self.words[id] for id in ids)

    def decode_spaced(self, ids: Iterable[int]) -> str:
        """Return the words of `ids`, each with a space before it."""
        return "".join(f" {self.words[id]}" for id in ids)

    def begins_word(self, previous: int, id: int) -> bool:
        """Return True: every id is a complete word."""
        return True

    def ends_word(self, id: int) -> bool:
        """Return True: every id is a complete word."""
        return True

    def unknown(self, text: str) -> list[str]:
        """Return the words of `text` outside the vocabulary, which `encode` leaves out."""
        return [word for word in normalise(text).split() if word not in self._ids]


def split_words(tokenizer: Tokenizer, ids: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Yield the ids of each word; the last one need not be complete."""
    word: list[int] = []
    for id in ids:
        if word and tokenizer.begins_word(word[-1], id):
            yield tuple(word)
            word = []
        word.append(id)
        if tokenizer.ends_word(id):
            yield tuple(word)
            word = []
    if word:
        yield tuple(word)


def begins_apart(tokenizer: Tokenizer, id: int) -> bool:
    """Return whether `id` begins a word with a space before it: a closing quote has none."""
    text = tokenizer.decode_spaced((id,))
    return not text or text[0] == " "


TOKENIZERS: dict[str, type[WordTokenizer] | type[WhitespaceTokenizer]] = {
    tokenizer.kind: tokenizer for tokenizer in (WordTokenizer, WhitespaceTokenizer)
}


def _decode_bytes(spelled: bytearray, mark: int) -> str:
    """Return the text of `spelled` and empty it; the case mark applies to the first word."""
    first, *rest = pieces(sanitise(spelled.decode("utf-8", errors="replace"))) or [""]
    spelled.clear()
    return "".join([_with_case(mark, first), *rest])


def byte_ids(word: str) -> tuple[int, ...]:
    """Return the ids of the UTF-8 bytes of `word`."""
    return tuple(BYTES + byte for byte in word.encode())


def _split_case(piece: str) -> tuple[int, str]:
    """Return a case mark (0 for none) and the piece to which it restores the case exactly."""
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
