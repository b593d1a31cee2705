"""The corpora by name: the bundled one, the user's favourites, those added, those to fetch."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from jokebox import files, paths
from jokebox.errors import CorpusError, DownloadError
from jokebox.lm.corpus import MIN_JOKES
from jokebox.lm.text import sanitise
from jokebox.train.joke_files import LeftOut, Reading, read_corpus, result_of, split_name
from jokebox.train.source import Layout

Watch = Callable[[Generator[float, None, Reading]], Reading]
ReportProgress = Callable[[int, int], object]
OPENINGS = 5  # in a preview
EXAMPLES = 5

# valid as a file name on every system, and as the name of a model trained on it
_NAME = re.compile(r"\w([\w .+-]{0,48}\w)?")


@dataclass(frozen=True)
class CatalogueEntry:
    """A corpus that can be fetched, and the SHA-256 and size in bytes of its file."""

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
    """A corpus and its file; one that is not fetched has the path and size it would have."""

    name: str
    path: Path
    kind: Literal["bundled", "favourites", "added", "fetched", "not fetched"]
    bytes: int
    description: str = ""
    too_few: bool = False  # jokes, to be learnt from alone


@dataclass(frozen=True)
class Preview:
    """What a joke file contains, before it is added.

    `separator`, `encoding` and `columns` are those of its first part, if it has several.
    """

    name: str  # the name it would get
    jokes: int  # that are left
    left_out: Mapping[str, int]  # rows, by kind
    first_left_out: LeftOut | None
    separator: str | None
    encoding: str
    columns: tuple[str, ...]
    first: tuple[str, ...]  # jokes
    openings: tuple[tuple[str, int], ...]  # the most common first three words, and how often
    examples: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Added(CorpusFile):
    """A corpus that was just added, and what was found in it."""

    found: Preview = field(kw_only=True)


def preview(path: Path, layout: Layout | None = None, *, watch: Watch = result_of) -> Preview:
    """Read a joke file as training would; raises CorpusError if it cannot be trained on.

    `watch` returns the result of reading, which yields how much is done, 0 to 1. An exception that
    it raises cancels the reading.
    """
    return _preview(path, watch(read_corpus([(path.name, path)], layout)))


def _preview(path: Path, reading: Reading) -> Preview:
    jokes, report = reading.jokes, reading.files[0]
    openings = Counter(" ".join(joke.split()[:3]) for joke in jokes)
    lost = (report.first_left_out for report in reading.files if report.first_left_out)
    return Preview(
        name=_name_from(path),
        jokes=len(jokes),
        left_out=reading.left_out,
        first_left_out=next(lost, None),
        separator=report.separator,
        encoding=report.encoding,
        columns=report.columns,
        first=report.first,
        openings=tuple(openings.most_common(OPENINGS)),
        examples=jokes[:: -(-len(jokes) // EXAMPLES)],
        notices=reading.corpus.notices,
    )


def list_corpora() -> list[CorpusFile]:
    """Return the bundled corpus, the favourites if there are any, those added, those to fetch."""
    bundled = paths.bundled_corpus()
    size = bundled.stat().st_size
    here = [CorpusFile(paths.BUNDLED, bundled, "bundled", size, "jokes written for jokebox, CC0")]
    stored = _stored()
    if paths.FAVOURITES not in stored:
        here += _favourites()
    here += [_describe(name, path) for name, path in sorted(stored.items())]
    return here + [
        CorpusFile(name, _catalogue_path(name), "not fetched", entry.bytes, entry.description)
        for name, entry in CATALOGUE.items()
        if name not in stored
    ]


def jokes_of(name: str, *, watch: Watch = result_of) -> tuple[str, ...]:
    """Return the jokes of a corpus as training would read them, in the order of its file.

    `watch` is as for `preview`. Raises CorpusError if it cannot be read, or is not there.
    """
    return watch(read_corpus([resolve(name)])).jokes


def resolve(name_or_path: str) -> tuple[str, Path]:
    """Return the name and the file of a corpus, given its name or the path of a joke file.

    A name takes precedence over a path. The name for a path is made from its file name. Raises
    CorpusError if there is no such corpus or file, or the corpus has not been fetched.
    """
    if name_or_path == paths.BUNDLED:
        return paths.BUNDLED, paths.bundled_corpus()
    stored = _stored()
    if name_or_path in stored:
        return name_or_path, stored[name_or_path]
    if name_or_path == paths.FAVOURITES and paths.favourites_file().exists():
        return paths.FAVOURITES, paths.favourites_file()
    path = files.typed_path(name_or_path)
    if files.exists(path):
        return _name_from(path), path
    if name_or_path == paths.FAVOURITES:
        raise CorpusError(
            "too few favourites to learn from",
            f"you have none yet: {paths.favourites_file()} is missing",
            f"At least {MIN_JOKES} are needed: ctrl+f in the talk adds one.",
        )
    if name_or_path in CATALOGUE:
        raise CorpusError(
            "this corpus has not been fetched",
            name_or_path,
            f"Run: jokebox corpora fetch {name_or_path}",
        )
    raise _missing(name_or_path)


def add(
    path: Path,
    name: str | None = None,
    layout: Layout | None = None,
    *,
    watch: Watch = result_of,
) -> Added:
    """Store a joke file in jokebox's own folder, under `name` or a name made from its file name.

    It is copied as it is; but if it is a folder, or `layout` says how to read it, the jokes are
    stored that were read, so that it need not be said again. `watch` is as for `preview`. Raises
    CorpusError if it cannot be trained on, the name is invalid or taken, or it cannot be stored.
    """
    name = _name_from(path) if name is None else name
    check_name(name)
    reading = watch(read_corpus([(name, path)], layout))
    suffix = split_name(path.name)[1]
    if path.is_dir() or layout not in (None, Layout()):
        lines = (json.dumps({"joke": joke}, ensure_ascii=False) for joke in reading.jokes)
        suffix, content = ".jsonl", "".join(f"{line}\n" for line in lines).encode()
    else:
        content = _read(path)
    target = paths.corpora_dir() / (name + suffix)
    try:
        files.write_atomically(target, content)
    except OSError as error:
        raise CorpusError("the corpus cannot be stored", *_where_and_hint(target, error)) from None
    return Added(**vars(_describe(name, target)), found=_preview(path, reading))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(
            "a joke file cannot be read",
            f"{sanitise(str(path))}: {error.strerror or error}",
            "Check the path and its permissions.",
        ) from None


def check_name(name: str) -> None:
    """Raise CorpusError if a new corpus cannot be called `name`."""
    if not _NAME.fullmatch(name):
        raise CorpusError(
            "that cannot be a name",
            sanitise(name),
            "Use up to 50 letters, digits, spaces and . _ + -, a letter or digit first and last.",
        )
    folded = name.casefold()
    if folded in {known.casefold() for known in (paths.BUNDLED, paths.FAVOURITES, *CATALOGUE)}:
        hint = "Choose another one: jokebox has jokes of its own under that name."
        raise CorpusError("this name is taken", name, hint)
    if folded in {known.casefold() for known in _stored()}:
        hint = "Choose another one, or remove that corpus first."
        raise CorpusError("this name is taken", name, hint)


def fetch(name: str, progress: ReportProgress = lambda done, total: None) -> CorpusFile:
    """Download a corpus of the catalogue and verify its SHA-256.

    Calls `progress` with the bytes downloaded so far and in all; an exception that it raises
    cancels the download. If the file exists and is not damaged, it is not downloaded again. Raises
    CorpusError if `name` is not in the catalogue or a visitor of a page asks, DownloadError if the
    download fails. Neither an error nor a cancellation leaves a partial file.
    """
    import pooch  # type: ignore[import-untyped]
    import requests

    if name not in CATALOGUE:
        raise CorpusError(
            "no such corpus to fetch", sanitise(name), f"You can fetch: {', '.join(CATALOGUE)}."
        )
    if paths.visitor_dir() is not None:
        raise CorpusError(
            "a visitor of a page cannot fetch jokes", name, "Ask whoever runs jokebox serve."
        )
    entry, target = CATALOGUE[name], _catalogue_path(name)
    pooch.get_logger().setLevel(logging.ERROR)
    try:
        pooch.retrieve(
            entry.url,
            f"sha256:{entry.sha256}",
            fname=target.name,
            path=target.parent,
            downloader=pooch.HTTPDownloader(progressbar=_ProgressBar(progress)),
        )
    except requests.HTTPError as error:
        raise _download_error(name, sanitise(str(error))) from None
    except requests.RequestException:
        raise _download_error(name, f"no connection, or it was interrupted: {entry.url}") from None
    except ValueError:
        raise _download_error(
            name, f"the file at {entry.url} does not have the expected SHA-256"
        ) from None
    except OSError as error:
        raise DownloadError(f"{name} cannot be stored", *_where_and_hint(target, error)) from None
    return _describe(name, target)


class _ProgressBar:
    """Reports a download to a function, through the interface that pooch requires."""

    total = 0  # set by pooch

    def __init__(self, progress: ReportProgress) -> None:
        self._progress = progress
        self._done = 0

    def update(self, more: int) -> None:
        """Report `more` bytes."""
        self._done = min(self._done + more, self.total)
        self._progress(self._done, self.total)

    def reset(self) -> None:
        """Begin again at 0 bytes, without reporting it."""
        self._done = 0

    def close(self) -> None:
        """Do nothing."""


def remove(name: str) -> None:
    """Delete an added or fetched corpus.

    Raises CorpusError if there is none called `name`, or its file cannot be deleted.
    """
    if name == paths.BUNDLED:
        raise CorpusError(
            "the bundled corpus cannot be removed",
            name,
            "Only added and fetched corpora can be removed.",
        )
    path = _stored().get(name)
    if path is None and name == paths.FAVOURITES:
        raise CorpusError(
            "your favourites are no file that was added",
            str(paths.favourites_file()),
            "Remove single ones with F6.",
        )
    if path is None:
        raise _missing(name)
    try:
        path.unlink()
    except OSError as error:
        raise CorpusError("the corpus cannot be removed", *_where_and_hint(path, error)) from None


def _stored() -> dict[str, Path]:
    """Return the added and fetched files by name; files that are not joke files are skipped.

    Of files that differ only in their endings, all but the first are called by their file names.
    """
    folder = paths.corpora_dir()
    stored = dict[str, Path]()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        name, suffix = split_name(path.name)
        if suffix and _NAME.fullmatch(name) and path.is_file():
            stored[path.name if name in stored else name] = path
    return stored


def _favourites() -> list[CorpusFile]:
    """Return the user's favourites as a corpus, and how many there are; empty if none."""
    path = paths.favourites_file()
    try:
        content = path.read_bytes()
    except OSError:
        return []
    jokes = sum(bool(line.strip()) for line in content.splitlines())
    too_few = jokes < MIN_JOKES
    description = f"{jokes:,} that you liked" + f"; at least {MIN_JOKES} are needed" * too_few
    found = CorpusFile(paths.FAVOURITES, path, "favourites", len(content), description, too_few)
    return [found] if jokes else []


def _describe(name: str, path: Path) -> CorpusFile:
    size = path.stat().st_size
    if name in CATALOGUE:
        return CorpusFile(name, path, "fetched", size, CATALOGUE[name].description)
    return CorpusFile(name, path, "added", size)


def _catalogue_path(name: str) -> Path:
    """Return the path of a corpus of the catalogue, fetched or not."""
    _, suffix = split_name(PurePosixPath(CATALOGUE[name].url).name)
    return paths.corpora_dir() / (name + suffix)


def _name_from(path: Path) -> str:
    """Return a name made from a file name: "jokes" if nothing in it is valid in a name."""
    stem, _ = split_name(path.name)
    words = re.findall(r"[\w.+-]+", stem)
    name = " ".join(words)[:50].strip(" .+-")
    return name if _NAME.fullmatch(name) else "jokes"


def _missing(name: str) -> CorpusError:
    known = ", ".join(corpus.name for corpus in list_corpora())
    return CorpusError(
        "no such corpus or file", sanitise(name), f"Give a path, or one of these: {known}."
    )


def _download_error(name: str, reason: str) -> DownloadError:
    return DownloadError(
        f"{name} was not fetched", reason, "Nothing was saved. Check the network and try again."
    )


def _where_and_hint(path: Path, error: OSError) -> tuple[str, str]:
    return (
        f"{path}: {error.strerror or error}",
        "Check the folder's permissions and the free disk space.",
    )
