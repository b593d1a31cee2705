"""The joke files on disk: the bundled one, those added, and those that can be fetched."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from jokebox import files, paths
from jokebox.errors import CorpusError, DownloadError
from jokebox.lm.text import sanitise
from jokebox.train.joke_files import load_corpus, split_name

BUNDLED = "originals"
Progress = Callable[[int, int], object]
OPENINGS = 5
EXAMPLES = 5

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


@dataclass(frozen=True)
class Preview:
    """What a joke file holds: `openings` are its most common first words, and how often."""

    name: str  # the one it would be added under
    kept: int  # jokes
    dropped_empty: int
    dropped_duplicates: int
    openings: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]
    notices: tuple[str, ...]


def preview(path: Path, *, column: str | None = None) -> Preview:
    """Read a joke file as training would; raises CorpusError where it could not."""
    corpus = load_corpus([(path.name, path)], column=column)
    jokes = corpus.training + corpus.validation + corpus.test
    openings = Counter(" ".join(joke.split()[:3]) for joke in jokes)
    return Preview(
        name=_name_from(path),
        kept=len(jokes),
        dropped_empty=corpus.dropped_empty,
        dropped_duplicates=corpus.dropped_duplicates,
        openings=tuple(openings.most_common(OPENINGS)),
        examples=jokes[:: -(-len(jokes) // EXAMPLES)],
        notices=corpus.notices,
    )


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
    path = files.typed_path(name_or_path)
    if files.exists(path):
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
    check_name(name)
    load_corpus([(name, path)], column=column)
    target = paths.corpora_dir() / (name + split_name(path.name)[1])
    try:
        files.write_atomically(target, path.read_bytes())
    except OSError as error:
        raise CorpusError("the corpus cannot be stored", *_why(target, error)) from None
    return _describe(name, target)


def check_name(name: str) -> None:
    """Raise CorpusError where no new corpus can be called `name`."""
    if not _NAME.fullmatch(name):
        raise CorpusError(
            "that cannot be a name",
            sanitise(name),
            "Use up to 50 letters, digits, spaces and . _ + -, a letter or digit first and last.",
        )
    taken = {known.casefold() for known in (BUNDLED, *CATALOGUE, *_stored())}
    if name.casefold() in taken:
        raise CorpusError(
            "this name is taken", name, "Choose another one, or remove that corpus first."
        )


def fetch(name: str, progress: Progress = lambda done, total: None) -> CorpusFile:
    """Download a corpus of the catalogue; `progress` hears of the bytes that are there, of all.

    One that is there already, and whole, is not downloaded again. Raises CorpusError for a name
    that is not in the catalogue, and DownloadError, leaving nothing behind. What `progress` raises
    breaks the download off, as cleanly.
    """
    import pooch  # type: ignore[import-untyped]
    import requests

    if name not in CATALOGUE:
        raise CorpusError(
            "no such corpus to fetch", sanitise(name), f"There is: {', '.join(CATALOGUE)}."
        )
    entry, target = CATALOGUE[name], _place(name)
    pooch.get_logger().setLevel(logging.ERROR)
    try:
        pooch.retrieve(
            entry.url,
            f"sha256:{entry.sha256}",
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(progressbar=_Meter(progress)),
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


class _Meter:
    """A progress bar as pooch wants one."""

    total = 0  # set by pooch

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0

    def update(self, more: int) -> None:
        self._done = min(self._done + more, self.total)
        self._progress(self._done, self.total)

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass


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
