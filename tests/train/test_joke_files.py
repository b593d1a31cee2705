from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from jokebox.errors import CorpusError
from jokebox.lm.corpus import Corpus
from jokebox.paths import bundled_corpus
from jokebox.train import joke_files, unpacking
from jokebox.train.joke_files import (
    ROWS_A_LOOK,
    FileReport,
    LeftOut,
    load_corpus,
    read_corpus,
    result_of,
    split_name,
)
from jokebox.train.source import Layout
from tests.small import jokes

REDDIT = bundled_corpus().parents[2] / "shared" / "data" / "reddit-cleanjokes.csv"
CASES = Path(__file__).parent / "cases"  # small files of kinds that people hold
FIRST = "Why did the cow leave early on day 0? Because nobody laughed, said the fish."


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def everything(corpus: Corpus) -> set[str]:
    return {*corpus.training, *corpus.validation, *corpus.test}


def many(number: int) -> list[str]:
    return [f"Joke number {i} walks into a bar. Ouch, says the barman." for i in range(number)]


def report(path: Path, layout: Layout | None = None) -> FileReport:
    (found,) = result_of(read_corpus([(path.stem, path)], layout)).files
    return found


# -- the files that people hold --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "separator", "columns"),
    [
        ("open_quote.tsv", "\t", ("2",)),
        ("semicolon.csv", ";", ("joke",)),
        ("sep_line.csv", ";", ("joke",)),
        ("json_array.json", None, ("joke",)),
        ("setup_punchline.jsonl", None, ("setup", "punchline")),
        ("title_selftext.csv", ",", ("title", "selftext")),
        ("qa_two_columns.csv", ",", ("Question", "Answer")),
        ("pandas_index_two.csv", ",", ("0",)),
        ("excel_unicode.txt", "\t", ("joke",)),
        ("endoftext.txt", None, ()),
    ],
)
def test_a_file_gives_all_its_jokes_complete(
    name: str, separator: str | None, columns: tuple[str, ...]
) -> None:
    found = report(CASES / name)
    assert (found.jokes, found.left_out, found.first[0]) == (40, {}, FIRST)
    assert (found.separator, found.columns) == (separator, columns)


@pytest.mark.parametrize(
    ("name", "jokes", "left_out", "first"),
    [
        (
            "surplus_tab.tsv",
            39,
            {"with a wrong number of fields": 1},
            LeftOut(31, "3 fields instead of 2"),
        ),
        (
            "one_bad.jsonl",
            39,
            {"without a joke": 1},
            LeftOut(8, "there is no text in joke; it has error"),
        ),
        ("deleted.jsonl", 26, {"deleted": 14}, LeftOut(1, "its text is [deleted] or [removed]")),
        ("header.txt", 40, {"header": 1}, LeftOut(1, "'joke' is the name of a column")),
        ("markdown.md", 40, {"heading": 1}, LeftOut(1, "a heading")),
    ],
)
def test_what_is_no_joke_is_left_out_counted_and_named(
    name: str, jokes: int, left_out: dict[str, int], first: LeftOut
) -> None:
    found = report(CASES / name)
    assert (found.jokes, found.left_out, found.first_left_out) == (jokes, left_out, first)
    assert f"line {first.line}" in found.notice()


def test_the_comma_of_a_joke_in_the_only_column_belongs_to_it() -> None:
    found = report(CASES / "one_column_first_comma.csv")
    assert (found.jokes, found.separator) == (40, None)
    assert found.first[0] == "Well, why did the cow go home on day 0? Because it rained."


def test_another_encoding_is_never_mojibake() -> None:
    corpus = load_corpus([("ru", CASES / "windows1251.txt")])
    assert "Почему кот ушёл рано в день 0? Потому что шёл дождь." in everything(corpus)
    assert "windows-1251" in corpus.notices[0].lower()
    assert report(CASES / "windows1251.txt").encoding == "windows-1251"


def test_stanzas_are_noticed_and_can_be_read_as_blocks() -> None:
    corpus = load_corpus([("lines", CASES / "stanzas.txt")])
    assert any("--blocks" in notice for notice in corpus.notices)
    found = report(CASES / "stanzas.txt", Layout(blocks=True))
    assert found.first[0] == "the cow at 0 looks at the lawyer and sighs a slow pirate goes home"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("html_page.csv", "this is a web page"),
        ("joke_column_empty.csv", "column Joke is empty, but Text is not"),
    ],
)
def test_a_file_without_jokes_says_what_it_is(name: str, says: str) -> None:
    with pytest.raises(CorpusError, match=says) as error:
        report(CASES / name)
    assert len(str(error.value).splitlines()) <= 2


# -- every format ----------------------------------------------------------------------------------


@pytest.mark.parametrize("packing", ["", ".gz", ".zip"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a table.csv", "ID,Joke\n" + "\n".join(f'{i},"{j}"' for i, j in enumerate(jokes()))),
        ("tabs.tsv", "ID\tJoke\n" + "\n".join(f"{i}\t{j}" for i, j in enumerate(jokes()))),
        ("LINES.TXT", "\r\n".join(jokes())),
        ("list.md", "\n".join(f"* {joke}" for joke in jokes())),
        ("lines.jsonl", "\n".join(json.dumps({"text": joke}) for joke in jokes())),
        ("array.json", json.dumps(jokes())),
    ],
)
def test_every_format_gives_its_jokes_packed_or_not(
    tmp_path: Path, name: str, content: str, packing: str
) -> None:
    raw = content.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, raw)
    contents = {"": raw, ".gz": gzip.compress(raw), ".zip": packed.getvalue()}
    path = write(tmp_path / f"{name}{packing}", contents[packing])
    assert everything(load_corpus([("a", path)])) == set(jokes())


def test_a_folder_of_text_files_is_a_corpus(tmp_path: Path) -> None:
    for i, joke in enumerate(jokes(30)):
        write(tmp_path / f"{i:02}.txt", joke)
    reading = result_of(read_corpus([("folder", tmp_path)]))
    assert reading.jokes == tuple(jokes(30))
    assert len(reading.files) == 30


def test_a_folder_of_odd_files_does_not_flood_with_notices(tmp_path: Path) -> None:
    for i, joke in enumerate(jokes(30)):
        write(tmp_path / f"{i:02}.txt", f"joke\n{joke}")
    notices = load_corpus([("folder", tmp_path)]).notices
    assert len(notices) == joke_files.MOST_NOTICES + 1
    assert "10 more" in notices[-1]


def test_a_suffix_is_known_in_any_case() -> None:
    assert split_name("A.b.TXT.GZ") == ("A.b", ".txt.gz")
    assert split_name("all.zip") == ("all", ".zip")
    assert split_name("a.docx") == ("a.docx", "")
    with pytest.raises(CorpusError, match=r"no such joke file"):
        load_corpus([("a", Path("nowhere.docx"))])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("jokes.docx", b"", r"\.csv, \.tsv, \.txt"),
        ("paper.txt", b"%PDF-1.7 ...", "PDF"),
        ("page.txt", b"\xef\xbb\xbf\n<HTML lang=en>\n<p>A joke.", "web page"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not text"),
    ],
)
def test_a_file_of_another_kind_says_so(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    with pytest.raises(CorpusError, match=says) as error:
        load_corpus([("a", write(tmp_path / name, content))])
    assert name in str(error.value)
    assert error.value.hint


def test_rows_with_broken_bytes_are_left_out(tmp_path: Path) -> None:
    lines = [f"Ein Witz über größere Kühe, Nummer {i}.".encode() for i in range(30)]
    lines[7] = b"\xff\xfe broken"
    found = report(write(tmp_path / "a.txt", b"\n".join(lines)))
    assert (found.jokes, found.left_out) == (29, {"not UTF-8": 1})
    assert found.first_left_out == LeftOut(8, "it has bytes that are not UTF-8")


def test_a_joke_that_is_cut_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "long.txt", "\n".join([*jokes(20), "word " * 400_000]))
    corpus = load_corpus([("long", path)])
    assert max(map(len, everything(corpus))) <= 10_000
    assert "cut to 10,000 characters: 1" in corpus.notices[0]


# -- as one corpus ---------------------------------------------------------------------------------


def test_several_files_are_one_corpus(tmp_path: Path) -> None:
    old = write(tmp_path / "old.txt", "\n".join([*jokes()[:30], "Déjà vu."]).encode("cp1252"))
    new = write(tmp_path / "new.jsonl", "\n".join(json.dumps({"joke": j}) for j in jokes()[20:]))
    reading = result_of(read_corpus([("old", old), ("new", new)]))
    assert reading.corpus.names == ("old", "new")
    assert everything(reading.corpus) == {*jokes(), "Déjà vu."}
    assert reading.left_out == {"near-duplicate": 10}
    assert [found.jokes for found in reading.files] == [31, 30]
    assert "windows-1252" in reading.corpus.notices[0].lower()


def test_reading_says_how_much_is_done(tmp_path: Path) -> None:
    path = write(tmp_path / "many.txt", "\n".join(many(5 * ROWS_A_LOOK)))
    shares = list(read_corpus([("a", path), ("b", path)]))
    assert len(shares) >= 10
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5 < shares[-1] <= 1


def test_reading_can_be_broken_off(tmp_path: Path) -> None:
    path = write(tmp_path / "many.txt", "\n".join(many(3 * ROWS_A_LOOK)))
    reading = read_corpus([("a", path)])
    next(reading)
    reading.close()


def test_too_few_jokes_say_what_became_of_the_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "few.jsonl", '{"joke": "One."}\n{"pun": "b"}\n{"joke": \n')
    with pytest.raises(CorpusError, match=r"left out 1 not JSON, 1 without a joke; .* line 2"):
        load_corpus([("few", path)])


def test_without_memory_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> list[unpacking.Part]:
        raise MemoryError

    monkeypatch.setattr(joke_files, "read_parts", full)
    with pytest.raises(CorpusError, match="not enough memory"):
        load_corpus([("a", write(tmp_path / "a.txt", ""))])


def test_a_hostile_name_or_column_cannot_reach_the_terminal(tmp_path: Path) -> None:
    path = write(tmp_path / "red\x1b[31m.csv", "a b,\x1b[2J c\nOne two.,Three four.\n")
    with pytest.raises(CorpusError) as error:
        load_corpus([("a", path)], Layout(("\x1b]0;title\a",)))
    assert not any(ord(c) < 32 and c != "\n" for c in str(error.value))


def test_two_hundred_thousand_jokes_are_split_eight_one_one(tmp_path: Path) -> None:
    rows = "".join(f'{i},"{joke}"\n' for i, joke in enumerate(many(200_000)))
    corpus = load_corpus([("many", write(tmp_path / "many.csv", "ID,Joke\n" + rows))])
    assert len(everything(corpus)) == 200_000
    assert len(corpus.training) == pytest.approx(160_000, rel=0.01)
    assert len(corpus.validation) == pytest.approx(20_000, rel=0.02)


def test_chinese_jokes_are_jokes(tmp_path: Path) -> None:
    animals, places = "猫狗牛马羊猪鸡鸭", "山河海路桥"
    lines = [f"{a}为什么去{p}边。因为{p}在等{a}。" for a in animals for p in places]
    path = write(
        tmp_path / "中文.csv", "编号,笑话\n" + "\n".join(f"{i},{j}" for i, j in enumerate(lines))
    )
    assert everything(load_corpus([("中文", path)])) == set(lines)


def test_the_bundled_corpus_is_complete() -> None:
    corpus = load_corpus([("originals", bundled_corpus())])
    assert len(everything(corpus)) == 14745
    assert (corpus.dropped_empty, corpus.dropped_duplicates, corpus.notices) == (0, 0, ())


@pytest.mark.skipif(
    not REDDIT.exists(), reason="the tutorial's data set is not beside this checkout"
)
def test_the_data_set_of_the_tutorial_is_read_as_known() -> None:
    found = report(REDDIT)
    assert (found.jokes, found.left_out) == (1622 - 34, {"near-duplicate": 34})


def test_corpora_need_neither_torch_nor_the_libraries_that_read_files() -> None:
    code = (
        "import sys, jokebox.train.joke_files;"
        " print({'clevercsv', 'charset_normalizer', 'torch', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "set()\n"
