"""Bytes -> text: which encoding a file has. charset-normalizer is imported in this file only."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from jokebox.errors import CorpusError
from jokebox.lm.text import sanitise
from jokebox.train.source import Source

ENOUGH = 0.9  # of the letters beyond ASCII have to be those of one language
SAMPLE_BYTES = 64 * 2**10
SHOWN = 60  # characters of a line in a message

_LATIN = ("cp1252", "mac_roman", "cp1250", "cp1254", "cp1257")
_CYRILLIC = ("cp1251", "koi8_r", "koi8_u", "cp866", "mac_cyrillic", "iso8859_5")
# letters beyond ASCII of a language, and the encodings that its files come in, likeliest first
_ALPHABETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("àâæçéèêëîïôœùûüÿ", _LATIN[:2]),  # French
    ("äöüß", _LATIN[:2]),  # German
    ("áéíóúüñçàèòï", _LATIN[:2]),  # Spanish, Catalan
    ("áâãàçéêíóôõúü", _LATIN[:2]),  # Portuguese
    ("àèéìíîòóùú", _LATIN[:2]),  # Italian
    ("æøåéäöü", _LATIN[:2]),  # Danish, Norwegian, Swedish, Finnish
    ("áðéíóúýþæö", _LATIN[:2]),  # Icelandic
    ("ëéïöüèêç", _LATIN[:2]),  # Dutch
    ("ąćęłńóśźż", ("cp1250", "iso8859_2")),  # Polish
    ("áčďéěíňóřšťúůýž", ("cp1250", "iso8859_2")),  # Czech
    ("áäčďéíĺľňóôŕšťúýž", ("cp1250", "iso8859_2")),  # Slovak
    ("áéíóöőúüű", ("cp1250", "iso8859_2")),  # Hungarian
    ("čćđšž", ("cp1250", "iso8859_2")),  # Croatian, Slovene
    ("ăâîşţ", ("cp1250", "iso8859_2")),  # Romanian
    ("çğıöşüâîi̇", ("cp1254",)),  # Turkish
    ("āčēģīķļņšūžąęėįųõäöü", ("cp1257",)),  # Latvian, Lithuanian, Estonian
    ("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў", _CYRILLIC),
    ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ", ("cp1253", "iso8859_7")),
    ("אבגדהוזחטיכךלמםנןסעפףצץקרשת", ("cp1255", "iso8859_8")),
    ("ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىةپچژگ", ("cp1256", "iso8859_6")),
)
_EAST_ASIAN = ["shift_jis", "euc_jp", "gb18030", "big5", "euc_kr"]
_NAMES = {"cp1252": "windows-1252", "mac_roman": "mac-roman", "mac_cyrillic": "mac-cyrillic"}
_TYPOGRAPHY = frozenset("“”‘’„‚…–—•«»‹›¿¡€£§°©®™½¼¾·´\xa0№")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")

_BOMS = (  # the longer ones first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(source: Source, wanted: str | None = None) -> None:
    """Set the encoding of `source`: `wanted`, that of its byte order mark, or what its bytes say.

    It is UTF-8 if that is valid, also if only some lines are not. Otherwise it is the encoding in
    which the letters beyond ASCII are those of one language, with a notice. Raises CorpusError,
    showing a line, if there is none, or if this is no text.
    """
    content = source.content
    if wanted is not None:
        _use(source, _known(wanted))
        return
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            _use(source, encoding)
            return
    if encoding := _utf_16_without_mark(content):
        _use(source, encoding)
        return
    if b"\0" in content:
        raise not_text(source, _line(content[: content.index(b"\0")]))
    try:
        content.decode("utf-8")
        return
    except UnicodeDecodeError as error:
        line = _line(content[: error.start])
    if _is_nearly_utf_8(content):
        source.errors = "replace"  # and the rows with replacements are left out
        return
    encoding = _guess(content)
    shown = _first_beyond_ascii(content, encoding or "cp1252")
    if not encoding:
        raise CorpusError(
            "in which encoding is this joke file?",
            f"{source.name}, {line}: not UTF-8, and in no usual encoding do its letters make sense;"
            f" as Windows-1252 it says: {shown}",
            "Name it, as in --encoding cp1251, or save the file as UTF-8.",
        )
    _use(source, encoding)
    name = source.encoding.replace("windows", "Windows")
    source.notices.append(
        f"{source.name} is not UTF-8 ({line}): read as {name}, where it says: {shown};"
        " if that is wrong, name another with --encoding"
    )


def not_text(source: Source, line: str) -> CorpusError:
    """Return the error that a file is not text."""
    return CorpusError(
        "a joke file is not text",
        f"{source.name}, {line}: bytes that are no text in UTF-8, UTF-16 or an older encoding",
        "Save it as UTF-8 text.",
    )


def _use(source: Source, encoding: str) -> None:
    """Read `source` in this encoding; raise CorpusError if it is not valid in it."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    name = re.sub(r"^cp(125\d)$", r"windows-\1", encoding)
    source.codec, source.encoding = codec, _NAMES.get(encoding, name)
    try:
        text = source.content.decode(codec)
    except UnicodeDecodeError as error:
        before = source.content[: error.start].decode(codec, "replace")
        raise not_text(source, f"line {before.count(chr(10)) + 1}") from None
    if "\0" in text:
        raise not_text(source, f"line {text[: text.index(chr(0))].count(chr(10)) + 1}")


def _known(encoding: str) -> str:
    """Return the name of a codec as Python has it; raise CorpusError if there is none."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)  # a codec such as base64 is none of text
    except (LookupError, ValueError):
        raise CorpusError(
            "no such encoding", sanitise(encoding)[:SHOWN], "Try utf-8, cp1252 or cp1251."
        ) from None
    return name


def _utf_16_without_mark(content: bytes) -> str:
    """Return utf-16-le or utf-16-be if white space has a zero byte behind or before it; else ""."""
    start = content[:2000]
    even, odd = start[::2], start[1::2]
    for low, high, encoding in ((even, odd, "utf-16-le"), (odd, even, "utf-16-be")):
        spaces = [b for a, b in zip(low, high, strict=False) if a in b" \n"]
        if 0 not in low and spaces and spaces.count(0) >= 0.9 * len(spaces):
            return encoding
    return ""


def _is_nearly_utf_8(content: bytes) -> bool:
    """Return whether what is not UTF-8 is little beside the letters in it that are."""
    text = content.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    return len(_BEYOND_ASCII.findall(text)) - wrong > 10 * wrong


def _guess(content: bytes) -> str:
    """Return the encoding that makes the most sense of the bytes beyond ASCII; "" if none does."""
    sample = _lines_beyond_ascii(content)
    scores: dict[str, float] = {}
    for letters, encodings in _ALPHABETS:
        for encoding in encodings:
            score = _sense(sample, encoding, frozenset(letters))
            scores[encoding] = max(score, scores.get(encoding, 0.0))
    best = max(scores.values())
    if best < ENOUGH:
        return _ask_library(sample, _EAST_ASIAN)
    texts: dict[str, str] = {}  # by what they say: many encodings say the same
    for encoding, score in scores.items():
        if score == best:
            texts.setdefault(sample.decode(encoding), encoding)
    first, *others = texts.values()
    if not others or first in _LATIN:  # the library takes short French for Slovak
        return first
    return _ask_library(sample, [first, *others]) or first


def _ask_library(sample: bytes, encodings: list[str]) -> str:
    """Return which of `encodings` charset-normalizer takes it for; "" if for none of them."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=encodings).best()
    return best.encoding if best is not None and best.encoding in encodings else ""


def _sense(sample: bytes, encoding: str, alphabet: frozenset[str]) -> float:
    """Return the share of the characters beyond ASCII that make sense in a language."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    right = total = 0
    before = " "
    for character in text:
        if character > "\x7f":
            total += 1
            if character.lower() in alphabet:
                # a capital in the middle of a word is no letter of it
                right += not (character.isupper() and before.islower())
            else:
                right += character in _TYPOGRAPHY
        before = character
    return right / total if total else 0.0


def _lines_beyond_ascii(content: bytes) -> bytes:
    """Return lines that have other bytes than ASCII, up to SAMPLE_BYTES."""
    return b"\n".join(_some_lines(content))


def _some_lines(content: bytes) -> Iterable[bytes]:
    size = 0
    for match in re.finditer(rb"[^\r\n]{0,500}[\x80-\xff][^\r\n]{0,500}", content):
        yield match[0]
        size += len(match[0])
        if size > SAMPLE_BYTES:
            return


def _first_beyond_ascii(content: bytes, encoding: str) -> str:
    """Return the first line that is not ASCII, as read in `encoding`, cut where it is long."""
    first = next(iter(_some_lines(content)), b"")
    at = next((i for i, byte in enumerate(first) if byte > 127), 0)
    text = sanitise(first[max(0, at - SHOWN // 2) :].decode(encoding, "replace")).strip()
    return text[:SHOWN]


def _line(before: bytes) -> str:
    """Return the number of the line in which the next byte after `before` is, as "line 3"."""
    ends = before.count(b"\n") or before.count(b"\r")
    return f"line {ends + 1}"
