from __future__ import annotations

import pytest

from jokebox.errors import CorpusError
from jokebox.train.decoding import find_encoding
from tests.train.rows import source

GERMAN = "Warum ging das Huhn über die Straße? Für größere Träume…"
FRENCH = "Pourquoi l’élève a-t-il été déçu à Noël ? Où est mon œuf ?"
ENGLISH = "The cow said “moo” — and didn’t laugh…"
POLISH = "Dlaczego kura przeszła przez ulicę? Żeby dostać się na drugą stronę, źle."
CZECH = "Proč kuře přešlo přes ulici? Protože chtělo být na druhé straně, že jo."
RUSSIAN = "Почему кот ушёл рано в день? Потому что шёл дождь."
GREEK = "Γιατί η αγελάδα έφυγε νωρίς; Επειδή έβρεχε πολύ."
HEBREW = "למה הפרה הלכה מוקדם? כי ירד גשם."
TURKISH = "Tavuk neden karşıya geçti? Çünkü öğle yemeği oradaydı, şaşırdın mı."
CHINESE = "为什么牛早走？因为下雨了，路上很湿，没有人笑。"
JAPANESE = "なぜ牛は早く帰ったのですか。雨が降ったから。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN, CHINESE])
def test_unicode_is_recognised_without_a_notice(text: str, encoding: str) -> None:
    opened = source(f"{text}\n".encode(encoding))
    find_encoding(opened)
    assert opened.text() == f"{text}\n"
    assert opened.encoding == encoding.removesuffix("-sig")
    assert not opened.notices


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN])
def test_utf_16_is_recognised_without_its_mark(text: str, encoding: str) -> None:
    opened = source(f"{text}\n".encode(encoding))
    find_encoding(opened)
    assert opened.text() == f"{text}\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "cp1252"),
        (GERMAN, "mac_roman"),
        (FRENCH, "cp1252"),
        (FRENCH, "mac_roman"),
        (ENGLISH, "cp1252"),
        (ENGLISH, "mac_roman"),
        ("One café, please.", "cp1252"),
        (POLISH, "cp1250"),
        (CZECH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp866"),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (TURKISH, "cp1254"),
        (CHINESE, "gb18030"),
        (JAPANESE, "shift_jis"),
    ],
)
def test_an_older_encoding_is_found_by_its_letters_and_named(text: str, encoding: str) -> None:
    content = f"A plain line.\n{text}\n" * 9
    opened = source(content.encode(encoding))
    find_encoding(opened)
    assert opened.text() == content
    assert "is not UTF-8 (line 2)" in opened.notices[0]
    assert any(word in opened.notices[0] for word in text.split())
    assert "--encoding" in opened.notices[0]


def test_letters_of_no_language_are_an_error_that_shows_them_and_asks() -> None:
    opened = source("Über ÆÐÞ×÷¬¦ \x81\x8d\x90\n".encode("latin-1") * 9)
    with pytest.raises(CorpusError, match="in which encoding") as error:
        find_encoding(opened)
    assert "--encoding" in str(error.value)
    assert "Über" in str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_the_encoding_can_be_named() -> None:
    opened = source("ò".encode("cp1252"))
    find_encoding(opened, "cp1251")
    assert (opened.text(), opened.encoding, opened.notices) == ("т", "windows-1251", [])
    with pytest.raises(CorpusError, match="no such encoding"):
        find_encoding(opened, "klingon")
    with pytest.raises(CorpusError, match="no such encoding"):
        find_encoding(opened, "base64")
    with pytest.raises(CorpusError, match="not text"):
        find_encoding(opened, "ascii")


def test_a_few_broken_bytes_do_not_spoil_a_file_in_utf_8() -> None:
    opened = source((RUSSIAN * 9).encode() + b"\xff\n" + GERMAN.encode())
    find_encoding(opened)
    assert RUSSIAN in opened.text()
    assert "\ufffd" in opened.text()


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"One.\nTwo\0.\n", "One.".encode("utf-16")[:-1]],
)
def test_what_is_not_text_is_an_error_that_names_the_line(content: bytes) -> None:
    with pytest.raises(CorpusError, match=r"not text: jokes\.csv, line \d"):
        find_encoding(source(content))
