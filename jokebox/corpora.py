"""The joke files on disk: the bundled one, those added, and those that can be fetched."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from jokebox import files, paths
from jokebox.errors import CorpusError, DownloadError
from jokebox.lm.corpus import load_corpus, split_name
from jokebox.lm.text import sanitise

BUNDLED = "originals"

# a file of such a name is safe on every disk, and so is a model called after it
_NAME = re.compile(r"\w([\w .+-]{0,48}\w)?")


@dataclass(frozen=True)
class CatalogueEntry:
    """A corpus that can be fetched; `bytes` is its size."""

    url: str
    sha256: str
    bytes: int
    description: str


CATALOGUE: dict[str, CatalogueEntry] = {
    "reddit-cleanjokes": CatalogueEntry(
        url="https://raw.githubusercontent.com/amoudgl/short-jokes-dataset/master/data/reddit-cleanjokes.csv",
        sha256="c27717bf0212c34057e9546a5afcac3674f1ab3b5c0c5cdd8c63fa627019c0a5",
        bytes=141_847,
        description="1,622 jokes from Reddit's r/cleanjokes, the tutorial's data set",
    ),
}


@dataclass(frozen=True)
class CorpusFile:
    """A joke file by its name; one not fetched has the path and size it would have."""

    name: str
    path: Path
    kind: Literal["bundled", "added", "fetched", "not fetched"]
    bytes: int
    description: str = ""


def list_corpora() -> list[CorpusFile]:
    """The bundled corpus, those on disk by name, then those that can be fetched."""
    bundled = paths.bundled_corpus()
    size = bundled.stat().st_size
    here = [CorpusFile(BUNDLED, bundled, "bundled", size, "jokes written for jokebox, CC0")]
    stored = _stored()
    here += [_describe(name, path) for name, path in sorted(stored.items())]
    return here + [
        CorpusFile(name, _place(name), "not fetched", entry.bytes, entry.description)
        for name, entry in CATALOGUE.items()
        if name not in stored
    ]


def resolve(name_or_path: str) -> tuple[str, Path]:
    """The name and file of a corpus: a listed name comes first, else it is a path.

    A path's name is made from its file name. Raises CorpusError where there is no such corpus.
    """
    if name_or_path == BUNDLED:
        return BUNDLED, paths.bundled_corpus()
    stored = _stored()
    if name_or_path in stored:
        return name_or_path, stored[name_or_path]
    path = _find(name_or_path)
    if path is not None:
        return _name_from(path), path
    if name_or_path in CATALOGUE:
        raise CorpusError(
            "this corpus is not fetched yet",
            name_or_path,
            f"Run: jokebox corpora fetch {name_or_path}",
        )
    raise _no_corpus(name_or_path)


def add(path: Path, name: str | None = None, *, column: str | None = None) -> CorpusFile:
    """Copy a joke file among jokebox's own, under `name` or one made from its file name.

    Raises CorpusError where it cannot be learnt from, or the name is no name or is taken.
    """
    name = _name_from(path) if name is None else name
    if not _NAME.fullmatch(name):
        raise CorpusError(
            "that cannot be a name",
            sanitise(name),
            "Use up to 50 letters, digits, spaces and . _ + -, a letter or digit first and last.",
        )
    taken = {known.casefold() for known in (BUNDLED, *CATALOGUE, *_stored())}
    if name.casefold() in taken:
        raise CorpusError(
            "this name is taken", name, "Choose another with --name, or remove that corpus first."
        )
    load_corpus([(name, path)], column=column)
    target = paths.corpora_dir() / (name + split_name(path.name)[1])
    try:
        files.write_atomically(target, path.read_bytes())
    except OSError as error:
        raise CorpusError("the corpus cannot be stored", *_why(target, error)) from None
    return _describe(name, target)


def fetch(name: str, *, progress: bool) -> CorpusFile:
    """Download a corpus of the catalogue, with a progress bar on stderr where `progress`.

    One that is there already, and whole, is not downloaded again. Raises CorpusError for a name
    that is not in the catalogue, and DownloadError, leaving nothing behind.
    """
    import pooch  # type: ignore[import-untyped]
    import requests
    from tqdm import tqdm

    if name not in CATALOGUE:
        raise CorpusError(
            "no such corpus to fetch", sanitise(name), f"There is: {', '.join(CATALOGUE)}."
        )
    entry, target = CATALOGUE[name], _place(name)
    pooch.get_logger().setLevel(logging.ERROR)
    bar = tqdm(total=entry.bytes, desc=name, unit="B", unit_scale=True, disable=not progress)
    try:
        with bar:
            pooch.retrieve(
                entry.url,
                f"sha256:{entry.sha256}",
                fname=target.name,
                path=target.parent,
                downloader=pooch.HTTPDownloader(progressbar=bar),
            )
    except requests.HTTPError as error:
        raise _not_fetched(name, sanitise(str(error))) from None
    except requests.RequestException:
        raise _not_fetched(name, f"no connection, or it broke off: {entry.url}") from None
    except ValueError:
        raise _not_fetched(name, f"what {entry.url} sent has not the known SHA-256") from None
    except OSError as error:
        raise DownloadError(f"{name} cannot be stored", *_why(target, error)) from None
    return _describe(name, target)


def remove(name: str) -> None:
    """Delete an added or fetched corpus; raises CorpusError for any other name."""
    if name == BUNDLED:
        raise CorpusError("the bundled corpus stays", name, "Only added or fetched ones can go.")
    path = _stored().get(name)
    if path is None:
        raise _no_corpus(name)
    try:
        path.unlink()
    except OSError as error:
        raise CorpusError("the corpus cannot be removed", *_why(path, error)) from None


def _stored() -> dict[str, Path]:
    """The files in jokebox's own folder by name; what is no joke file is passed over."""
    folder = paths.corpora_dir()
    stored = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        name, suffix = split_name(path.name)
        if suffix and _NAME.fullmatch(name) and path.is_file():
            stored[name] = path
    return stored


def _describe(name: str, path: Path) -> CorpusFile:
    size = path.stat().st_size
    if name in CATALOGUE:
        return CorpusFile(name, path, "fetched", size, CATALOGUE[name].description)
    return CorpusFile(name, path, "added", size)


def _place(name: str) -> Path:
    """Where a corpus of the catalogue is stored."""
    _, suffix = split_name(PurePosixPath(CATALOGUE[name].url).name)
    return paths.corpora_dir() / (name + suffix)


def _name_from(path: Path) -> str:
    """A name made from a file name, "jokes" where nothing of it can stay."""
    stem, _ = split_name(path.name)
    words = re.findall(r"[\w.+-]+", stem)
    name = " ".join(words)[:50].strip(" .+-")
    return name if _NAME.fullmatch(name) else "jokes"


def _find(name: str) -> Path | None:
    try:
        path = Path(name).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or in the home of nobody
        return None


def _no_corpus(name: str) -> CorpusError:
    known = ", ".join(corpus.name for corpus in list_corpora())
    return CorpusError(
        "no such corpus or file", sanitise(name), f"Give a path, or one of these: {known}."
    )


def _not_fetched(name: str, why: str) -> DownloadError:
    return DownloadError(
        f"{name} was not fetched", why, "Nothing was kept. Check the network, then try again."
    )


def _why(path: Path, error: OSError) -> tuple[str, str]:
    return f"{path}: {error.strerror or error}", "Check the folder's permissions and the disk."
