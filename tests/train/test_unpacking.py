from __future__ import annotations

import gzip
import io
import lzma
import os
import zipfile
from pathlib import Path

import pytest

from jokebox.errors import CorpusError
from jokebox.train import unpacking
from jokebox.train.unpacking import read_parts

CONTENT = b"Joke\nA cow.\n" * 99


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CONTENT),
        ("a.csv.gz", gzip.compress(CONTENT)),
        ("a.csv.xz", lzma.compress(CONTENT)),
        ("a.csv.zip", zipped({"a.csv": CONTENT})),
        ("a.csv.zip", zipped({"a": CONTENT})),  # named as the archive
        ("a.csv", gzip.compress(CONTENT)),  # packed all the same
    ],
    ids=["plain", "gz", "xz", "zip", "nameless zip", "gz called csv"],
)
def test_a_packed_file_is_unpacked(tmp_path: Path, name: str, content: bytes) -> None:
    assert read_parts(write(tmp_path / name, content)) == [("a.csv", CONTENT)]


def test_an_archive_gives_all_its_files_but_those_of_the_system(tmp_path: Path) -> None:
    files = {"a.txt": b"A", "in/b.csv": b"B", ".hidden.txt": b"", "__MACOSX/._a.txt": b"?"}
    assert read_parts(write(tmp_path / "all.zip", zipped(files))) == [
        ("a.txt", b"A"),
        ("b.csv", b"B"),
    ]


def test_a_folder_gives_its_text_files_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a.TXT", "c.pdf"):
        write(tmp_path / name, name.encode())
    assert read_parts(tmp_path) == [("a.TXT", b"a.TXT"), ("b.txt", b"b.txt")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cut.csv.gz", gzip.compress(CONTENT, mtime=0)[:-12], "damaged"),
        ("bent.csv.gz", b"\x1f\x8b" + b"bent" * 9, "damaged"),
        ("bent.csv.xz", lzma.compress(CONTENT)[:-20], "damaged"),
        ("bent.zip", b"PK\x03\x04" + b"bent" * 9, "damaged"),
        ("book.csv", zipped({"[Content_Types].xml": b""}), "Office document"),
    ],
    ids=["cut gz", "bent gz", "cut xz", "bent zip", "office"],
)
def test_what_cannot_be_unpacked_says_so(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(CorpusError, match=says) as error:
        read_parts(write(tmp_path / name, content))
    assert name in str(error.value)


@pytest.mark.parametrize("name", ["bomb.txt.gz", "bomb.txt.xz", "bomb.txt.zip", "big.txt"])
def test_what_is_too_large_when_unpacked_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(unpacking, "MAX_BYTES", 2**20)
    bomb = bytes(2**22)
    packed = {
        ".gz": gzip.compress(bomb),
        ".xz": lzma.compress(bomb),
        ".zip": zipped({"a.txt": bomb}),
    }
    with pytest.raises(CorpusError, match="too large"):
        read_parts(write(tmp_path / name, packed.get(Path(name).suffix, bomb)))


def test_a_path_that_is_no_file_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such joke file"):
        read_parts(tmp_path / "missing.csv")
    with pytest.raises(CorpusError, match=r"folder without \.txt files"):
        read_parts(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(CorpusError, match="not a regular file"):
        read_parts(tmp_path / "pipe.csv")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_parts(tmp_path / ("long" * 100 + ".csv"))
