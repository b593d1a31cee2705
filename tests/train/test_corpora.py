from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from jokebox import paths
from jokebox.errors import CorpusError, DownloadError
from jokebox.train import corpora
from jokebox.train.corpora import CatalogueEntry
from jokebox.train.joke_files import LeftOut, load_corpus
from jokebox.train.source import Layout
from tests.small import jokes

CONTENT = ("ID,Joke\n" + "".join(f'{i},"{joke}"\n' for i, joke in enumerate(jokes()))).encode()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "my jokes.csv"
    path.write_bytes(CONTENT)
    return path


class Shelf(BaseHTTPRequestHandler):
    """Serve the jokes completely, cut off, or not at all."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/missing.csv" else 200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:100] if self.path == "/cut.csv" else CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve the files of a catalogue; return the address."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Shelf) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        sha256 = hashlib.sha256(CONTENT).hexdigest()
        catalogue = {
            name: CatalogueEntry(f"{address}/{name}.csv", sha256, len(CONTENT), "served here")
            for name in ("whole", "missing", "cut")
        }
        catalogue["forged"] = CatalogueEntry(f"{address}/forged.csv", "0" * 64, 9, "not as known")
        catalogue["far"] = CatalogueEntry("http://127.0.0.1:1/far.csv", sha256, 9, "nobody there")
        monkeypatch.setattr(corpora, "CATALOGUE", catalogue)
        yield address
        server.shutdown()
        thread.join()


def kinds() -> dict[str, str]:
    return {corpus.name: corpus.kind for corpus in corpora.list_corpora()}


def stored() -> list[Path]:
    return list(paths.corpora_dir().iterdir()) if paths.corpora_dir().exists() else []


# -- names -----------------------------------------------------------------------------------------


def test_at_first_the_bundled_corpus_and_those_to_fetch_are_listed() -> None:
    assert kinds() == {"originals": "bundled", "reddit-cleanjokes": "not fetched"}
    assert corpora.resolve("originals") == ("originals", paths.bundled_corpus())


def test_a_path_is_named_by_its_file(mine: Path, tmp_path: Path) -> None:
    assert corpora.resolve(str(mine)) == ("my jokes", mine)
    hostile = tmp_path / "..\x1b[31m 😀 .csv"
    hostile.write_bytes(CONTENT)
    assert corpora.resolve(str(hostile)) == ("31m", hostile)
    smile = tmp_path / "😀.csv"
    smile.write_bytes(CONTENT)
    assert corpora.resolve(str(smile)) == ("jokes", smile)


@pytest.mark.parametrize("name", ["nowhere.csv", "", "a\0b", "long" * 100])
def test_an_unknown_corpus_is_an_error_that_names_those_that_exist(name: str) -> None:
    with pytest.raises(CorpusError, match="originals, reddit-cleanjokes"):
        corpora.resolve(name or "no such")


def test_a_corpus_not_fetched_says_how_to_fetch_it() -> None:
    with pytest.raises(CorpusError, match="jokebox corpora fetch reddit-cleanjokes"):
        corpora.resolve("reddit-cleanjokes")


def test_a_visitor_of_a_page_fetches_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JOKEBOX_VISITOR", str(tmp_path))
    with pytest.raises(CorpusError, match="cannot fetch"):
        corpora.fetch("reddit-cleanjokes")


# -- adding and removing ---------------------------------------------------------------------------


def test_an_added_corpus_is_copied_and_known_by_its_name(mine: Path) -> None:
    added = corpora.add(mine)
    mine.unlink()
    assert (added.name, added.kind, added.bytes) == ("my jokes", "added", len(CONTENT))
    assert corpora.resolve("my jokes") == ("my jokes", paths.corpora_dir() / "my jokes.csv")
    assert added.path.read_bytes() == CONTENT
    assert kinds()["my jokes"] == "added"
    corpora.remove("my jokes")
    assert stored() == []


def test_a_gzipped_corpus_keeps_both_its_suffixes(tmp_path: Path) -> None:
    path = tmp_path / "v1.2.TXT.gz"
    path.write_bytes(gzip.compress("\n".join(jokes()).encode()))
    assert corpora.add(path, "Größe 1.2").path.name == "Größe 1.2.txt.gz"
    assert corpora.resolve("Größe 1.2")[1].exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../up", "a/b", "a\\b", ".hidden", "-n", "a ", "a\n", "\x1b", "x" * 51]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(mine: Path, name: str) -> None:
    with pytest.raises(CorpusError, match="cannot be a name"):
        corpora.add(mine, name)
    assert stored() == []


def test_no_corpus_replaces_another(mine: Path) -> None:
    corpora.add(mine, "mine")
    for name in ("mine", "MINE", "originals", "reddit-cleanjokes"):
        with pytest.raises(CorpusError, match="taken") as refused:
            corpora.add(mine, name)
        own = name.casefold() != "mine"
        assert ("remove that corpus" in refused.value.hint) is not own, "it has to be possible"
    assert len(stored()) == 1


def test_a_file_that_cannot_be_learnt_from_is_not_added(tmp_path: Path) -> None:
    few = tmp_path / "few.txt"
    few.write_text("\n".join(jokes(19)))
    for path in (few, tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(CorpusError):
            corpora.add(path)
    assert stored() == []


def test_only_what_was_added_can_be_removed(mine: Path) -> None:
    with pytest.raises(CorpusError, match="bundled"):
        corpora.remove("originals")
    with pytest.raises(CorpusError, match="no such corpus"):
        corpora.remove(str(mine))
    assert mine.exists()


def test_other_files_in_the_folder_are_ignored(mine: Path) -> None:
    corpora.add(mine, "mine")
    for name in ("notes.pdf", ".mine.csv.x1y2", "tmp0a1b"):
        (paths.corpora_dir() / name).write_bytes(b"")
    assert [name for name, kind in kinds().items() if kind == "added"] == ["mine"]


def test_a_folder_and_what_has_to_be_said_are_stored_as_they_were_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for i, joke in enumerate(jokes(30)):
        (tmp_path / "folder" / f"{i:02}.txt").write_text(joke)
    added = corpora.add(tmp_path / "folder")
    assert load_corpus([("a", added.path)]).dropped_duplicates == 0
    assert added.found.jokes == 30
    table = tmp_path / "table.csv"
    table.write_text("a,b\n" + "".join(f"Joke {i}?,Yes {i}.\n" for i in range(30)))
    added = corpora.add(table, layout=Layout(("b", "a")))
    assert added.found.first[0] == "Yes 0. Joke 0?"
    assert corpora.preview(added.path).first == added.found.first


def test_corpora_of_one_stem_do_not_hide_one_another(mine: Path) -> None:
    corpora.add(mine, "mine")
    (paths.corpora_dir() / "mine.txt").write_text("\n".join(jokes()))
    assert corpora.resolve("mine")[1].name == "mine.csv"
    assert corpora.resolve("mine.txt")[1].name == "mine.txt"
    corpora.remove("mine.txt")
    assert [path.name for path in stored()] == ["mine.csv"]


def test_a_source_that_cannot_be_read_is_not_called_a_failure_to_store(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(path: Path) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    with pytest.raises(CorpusError, match=r"cannot be read: .*my jokes"):
        corpora.add(mine)
    assert stored() == []


# -- looking into a file --------------------------------------------------------------------------


def test_a_preview_counts_what_is_found_and_what_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "my farm.csv"
    repeated = [jokes()[0].upper(), "  ", *jokes(40), "A horse walks into a bar, café."]
    path.write_bytes(("Joke\n" + "".join(f'"{joke}"\n' for joke in repeated)).encode("cp1252"))
    preview = corpora.preview(path)
    assert (preview.jokes, preview.left_out) == (41, {"empty": 1, "near-duplicate": 1})
    assert preview.first_left_out == LeftOut(3, "empty")
    assert preview.first[0] == jokes()[0].upper()
    assert preview.name == "my farm"
    assert preview.openings[0] == ("Why did the", 39)
    assert len(preview.examples) == corpora.EXAMPLES
    assert "windows-1252" in preview.notices[0].lower()
    assert stored() == []


def test_a_preview_says_why_a_file_cannot_be_learnt_from(tmp_path: Path) -> None:
    path = tmp_path / "few.txt"
    path.write_text("One joke.")
    with pytest.raises(CorpusError, match="too few"):
        corpora.preview(path)


# -- fetching --------------------------------------------------------------------------------------


def test_a_fetched_corpus_is_stored_complete(shelf: str, capfd: pytest.CaptureFixture[str]) -> None:
    fetched = corpora.fetch("whole")
    assert (fetched.name, fetched.kind, fetched.bytes) == ("whole", "fetched", len(CONTENT))
    assert fetched.path.read_bytes() == CONTENT
    assert stored() == [fetched.path]
    assert corpora.resolve("whole") == ("whole", fetched.path)
    assert capfd.readouterr() == ("", "")


def test_a_fetch_reports_its_progress(shelf: str) -> None:
    said: list[tuple[int, int]] = []
    corpora.fetch("whole", lambda done, total: said.append((done, total)))
    assert said == sorted(said)
    assert said[-1] == (len(CONTENT), len(CONTENT))


def test_a_fetch_can_be_interrupted(shelf: str) -> None:
    def enough(done: int, total: int) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        corpora.fetch("whole", enough)
    assert stored() == []


def test_a_fetched_corpus_is_not_fetched_again_unless_it_is_damaged(
    shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = corpora.fetch("whole").path
    path.write_bytes(b"damaged")
    assert corpora.fetch("whole").path.read_bytes() == CONTENT
    moved = CatalogueEntry("http://127.0.0.1:1/whole.csv", corpora.CATALOGUE["whole"].sha256, 9, "")
    monkeypatch.setitem(corpora.CATALOGUE, "whole", moved)
    assert corpora.fetch("whole").path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", "404"),
        ("cut", "was interrupted"),
        ("forged", "SHA-256"),
        ("far", "no connection"),
    ],
)
def test_a_failed_download_is_an_error_that_says_why_and_leaves_nothing_behind(
    shelf: str, name: str, says: str
) -> None:
    with pytest.raises(DownloadError, match=says) as error:
        corpora.fetch(name)
    assert "http://127.0.0.1" in str(error.value)
    assert stored() == []
    assert kinds()[name] == "not fetched"


def test_only_the_catalogue_can_be_fetched(shelf: str) -> None:
    with pytest.raises(CorpusError, match="You can fetch: whole"):
        corpora.fetch("elsewhere")


def test_a_corpus_that_cannot_be_stored_is_an_error_that_says_where(
    mine: Path, shelf: str, home: Path
) -> None:
    paths.data_dir().mkdir(parents=True)
    paths.corpora_dir().write_text("a file where the folder should be")
    with pytest.raises(CorpusError, match=str(home)):
        corpora.add(mine)
    with pytest.raises(DownloadError, match=str(home)):
        corpora.fetch("whole")


# -- favourites ------------------------------------------------------------------------------------


def like(number: int) -> None:
    lines = [{"format": 1, "text": joke, "prompt": "", "model": "", "when": ""} for joke in jokes()]
    paths.data_dir().mkdir(parents=True, exist_ok=True)
    text = "".join(f"{json.dumps(line)}\n" for line in lines[:number])
    paths.favourites_file().write_text(text)


def described(name: str) -> str:
    return next(corpus.description for corpus in corpora.list_corpora() if corpus.name == name)


def test_favourites_are_a_corpus_as_soon_as_there_is_one() -> None:
    like(0)
    assert "favourites" not in kinds()
    like(1)
    assert described("favourites") == "1 that you liked; at least 20 are needed"
    like(20)
    assert described("favourites") == "20 that you liked"
    assert corpora.resolve("favourites") == ("favourites", paths.favourites_file())
    assert sorted(corpora.jokes_of("favourites")) == sorted(jokes(20))


def test_if_there_are_no_favourites_it_says_how_many_are_needed() -> None:
    with pytest.raises(CorpusError, match="none yet") as refused:
        corpora.resolve("favourites")
    assert "At least 20" in refused.value.hint


def test_favourites_are_read_as_such_whatever_the_layout_of_the_others(tmp_path: Path) -> None:
    like(5)
    other = tmp_path / "other.csv"
    other.write_text("Witz,x\n" + "".join(f"A joke about {i}. Odd!,{i}\n" for i in range(40)))
    files = [("other", other), corpora.resolve("favourites")]
    corpus = load_corpus(files, Layout(columns=("Witz",)))
    assert set(corpus.training) >= set(jokes(5))


def test_no_new_corpus_is_called_favourites_and_an_older_one_keeps_its_name(mine: Path) -> None:
    with pytest.raises(CorpusError, match="taken"):
        corpora.add(mine, "Favourites")
    like(20)
    own = paths.corpora_dir() / "favourites.csv"
    own.parent.mkdir(parents=True)
    own.write_bytes(CONTENT)
    assert kinds()["favourites"] == "added"
    assert corpora.resolve("favourites") == ("favourites", own)
    assert corpora.resolve(str(paths.favourites_file()))[1] == paths.favourites_file()
    corpora.remove("favourites")
    assert kinds()["favourites"] == "favourites"
    with pytest.raises(CorpusError, match="F6"):
        corpora.remove("favourites")
    assert paths.favourites_file().exists()
