"""The bytes of joke files: plain, packed in .gz, .xz or .zip, or a folder of .txt files."""

from __future__ import annotations

import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from jokebox.errors import CorpusError
from jokebox.lm.text import sanitise

PACKINGS = (".gz", ".xz", ".zip")
# Of a file when unpacked: about two million jokes. This is also the protection against files that
# are small and unpack to very much.
MAX_BYTES = 256 * 2**20
Part = tuple[str, bytes]  # the name of a file, and its content

_GZIP, _XZ, _ZIP = b"\x1f\x8b", b"\xfd7zXZ\0", b"PK\x03\x04"


def read_parts(path: Path) -> list[Part]:
    """Return the files that are in `path`: itself, what an archive holds, or a folder's .txt files.

    Raises CorpusError if it cannot be read or is too large.
    """
    name = printable(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            parts = list(_limited(_folder(path), name))
            if parts:
                return parts
            raise CorpusError(
                "not a joke file", f"{name} is a folder without .txt files", "Give a joke file."
            )
        if not stat.S_ISREG(mode):
            raise CorpusError(
                "not a joke file", f"{name} is not a regular file", "Give the path of a file."
            )
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return list(_limited(_unpacked(path.name, content), name))
    except FileNotFoundError:
        raise CorpusError("no such joke file", name, "Check the spelling.") from None
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise CorpusError(
            "a packed joke file is damaged", f"{name}: {error}", "Copy or download it again."
        ) from None
    except (NotImplementedError, RuntimeError) as error:  # an encrypted or unusual zip
        raise CorpusError(
            "a packed joke file cannot be opened", f"{name}: {error}", "Unpack it first."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(
            "a joke file cannot be read", f"{name}: {reason}", "Check the path and its permissions."
        ) from None


def printable(path: Path) -> str:
    """Return a path as it may be shown."""
    return sanitise(str(path))


def _limited(parts: Iterator[Part], name: str) -> Iterator[Part]:
    """Yield `parts`; raise CorpusError as soon as they are too large together."""
    total = 0
    for part in parts:
        total += len(part[1])
        if total > MAX_BYTES:
            raise CorpusError(
                "a joke file is too large",
                f"{name} has more than {MAX_BYTES // 2**20} MiB when unpacked",
                "Split it, and train on a part of it.",
            )
        yield part


def _folder(path: Path) -> Iterator[Part]:
    for file in sorted(path.iterdir()):
        if file.suffix.lower() == ".txt" and file.is_file():
            with file.open("rb") as opened:
                yield file.name, opened.read(MAX_BYTES + 1)


def _unpacked(name: str, content: bytes) -> Iterator[Part]:
    """Yield the files in `content`, which is packed if it begins as such a file does."""
    inner = name[: name.rfind(".")] if name.lower().endswith(PACKINGS) else name
    if content.startswith(_GZIP):
        with gzip.open(io.BytesIO(content)) as unpacked:
            yield inner, unpacked.read(MAX_BYTES + 1)
    elif content.startswith(_XZ):
        with lzma.open(io.BytesIO(content)) as unpacked:
            yield inner, unpacked.read(MAX_BYTES + 1)
    elif content.startswith(_ZIP):
        yield from _members(name, inner, content)
    else:
        yield inner, content


def _members(name: str, inner: str, content: bytes) -> Iterator[Part]:
    """Yield the files of a zip archive; one without a known ending is named as the archive is."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" in names:  # Excel's, whatever the file is called
            yield f"{PurePosixPath(name).stem}.xlsx", content
            return
        if name.lower().endswith(".ods"):
            yield name, content
            return
        if "[Content_Types].xml" in names:
            raise CorpusError(
                "this is an Office document, not a joke file",
                sanitise(name),
                "Save it as CSV or as text first.",
            )
        for member in archive.infolist():
            file = PurePosixPath(member.filename)
            if member.is_dir() or file.name.startswith(".") or "__MACOSX" in file.parts:
                continue
            with archive.open(member) as unpacked:
                yield (file.name if file.suffix else inner), unpacked.read(MAX_BYTES + 1)
