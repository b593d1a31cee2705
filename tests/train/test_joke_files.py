from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jokebox.errors import CorpusError
from jokebox.lm.corpus import Corpus
from jokebox.paths import bundled_corpus
from jokebox.train import joke_files
from jokebox.train.joke_files import load_corpus, read_jokes
from tests.small import jokes

REDDIT = bundled_corpus().parents[2] / "shared" / "data" / "reddit-cleanjokes.csv"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def everything(corpus: Corpus) -> set[str]:
    return {*corpus.training, *corpus.validation, *corpus.test}


def many(number: int) -> list[str]:
    return [f"Joke number {i} walks into a bar. Ouch, says the barman." for i in range(number)]


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tutorial.csv", 'ID,Joke\n1,"One, two."\n2,"Say ""three""."\n'),
        ("any case.csv", 'JOKE ,ID,note\n"One, two.",1,so so\n"Say ""three"".",2,very good\n'),
        (
            "the one text column.csv",
            'id,said on,text\n1,2001-01-01,"One, two."\n2,,"Say ""three""."',
        ),
        ("no header.csv", '1,"One, two."\n2,"Say ""three""."\n'),
        ("no header, one column.csv", '"One, two."\n"Say ""three""."\n'),
        ("windows line ends.csv", 'ID,Joke\r\n1,"One, two."\r\n2,"Say ""three""."\r\n'),
        ("tabs.tsv", 'ID\tJoke\n1\tOne, two.\n2\t"Say ""three""."\n'),
        ("LINES.TXT", 'One, two.\n\n  \nSay "three".\n'),
        ("joke.jsonl", '{"id": 1, "joke": "One, two."}\n\n{"Joke": "Say \\"three\\"."}\n'),
        ("text.jsonl", '{"text": "One, two."}\n{"text": "Say \\"three\\"."}'),
        (
            "title.jsonl",
            '{"title": "One,", "body": "two."}\n{"title": "Say", "body": "\\"three\\"."}',
        ),
    ],
)
@pytest.mark.parametrize("zipped", [False, True], ids=["", "gz"])
def test_every_format_gives_its_jokes(
    tmp_path: Path, name: str, content: str, zipped: bool
) -> None:
    path = write(tmp_path / name, content)
    if zipped:
        path = write(tmp_path / f"{name}.gz", gzip.compress(content.encode()))
    assert read_jokes(path) == (["One, two.", 'Say "three".'], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_is_recognised(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    path = write(tmp_path / "jokes.csv", f"{mark}ID,Joke\n1,为什么 café 😀?\n".encode(encoding))
    assert read_jokes(path) == (["为什么 café 😀?"], [])


def test_other_bytes_are_read_as_windows_1252_with_a_notice(tmp_path: Path) -> None:
    path = write(tmp_path / "old.txt", "First.\nA café “joke”.\n".encode("windows-1252"))
    assert read_jokes(path) == (
        ["First.", "A café “joke”."],
        [f"{path} is not UTF-8 (line 2): read as Windows-1252"],
    )


def test_words_that_look_like_missing_values_are_jokes(tmp_path: Path) -> None:
    path = write(tmp_path / "jokes.csv", "ID,Joke\n1,NA\n2,null\n3,nan\n4,007\n5,\n6\n")
    assert read_jokes(path)[0] == ["NA", "null", "nan", "007", "", ""]


def test_a_joke_keeps_the_lines_and_commas_in_its_quotes(tmp_path: Path) -> None:
    path = write(tmp_path / "jokes.csv", 'ID,Joke\n1,"Knock, knock.\nWho is there?"\n')
    assert read_jokes(path)[0] == ["Knock, knock.\nWho is there?"]


def test_the_column_can_be_named(tmp_path: Path) -> None:
    table = write(tmp_path / "jokes.csv", "Question?,Answer\nWhy me?,Why not you?\n")
    assert read_jokes(table, "answer")[0] == ["Why not you?"]
    nameless = write(tmp_path / "nameless.csv", "Why me?,Why not you?\nWho is it?,It is me.\n")
    assert read_jokes(nameless, "2")[0] == ["Why not you?", "It is me."]
    lines = write(tmp_path / "jokes.jsonl", '{"joke": "no", "Punchline": "yes"}\n')
    assert read_jokes(lines, "punchline")[0] == ["yes"]


# -- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("two.csv", "Question,Answer\nWhy me?,Why not?\n", ["Question, Answer", "--column"]),
        ("none.csv", "ID,Count\n1,2\n", ["no column holds text", "ID, Count", "--column"]),
        ("wide.csv", "ID,Joke\n1,a b\n2,x,y\n", ["line 3", "more fields", ".txt"]),
        ("below lines.csv", 'ID,Joke\n1,"a\nb"\n2,x,y\n', ["line 4", "more fields"]),
        ("open.csv", 'ID,Joke\n1,a b\n2,"never\nclosed\n', ["line 3", "never closed"]),
        ("broken.jsonl", '{"joke": "a"}\n\n{"joke": \n', ["line 3", "not JSON"]),
        ("deep.jsonl", "[" * 100_000, ["line 1", "not JSON"]),
        ("other.jsonl", '{"joke": "a"}\n{"pun": "b"}\n', ["line 2", "it has pun", "--column"]),
        ("list.jsonl", '["a"]\n', ["line 1", "no fields"]),
        ("number.jsonl", '{"joke": 7}\n', ["line 1"]),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ["not text", "UTF-8"]),
        ("nul.txt", b"One.\nTwo\0.\n", ["not text", "line 2"]),
        ("half.txt", "One.".encode("utf-16")[:-1], ["not text"]),
        ("no code.txt", b"One.\n\x81\x8d\n", ["not text", "line 2"]),
        (
            "cut.csv.gz",
            gzip.compress(b"ID,Joke\n1,One two.\n" * 9, mtime=0)[:-12],
            ["damaged", "again"],
        ),
        ("bent.csv.gz", b"\x1f\x8b" + b"bent" * 9, ["damaged"]),
        ("jokes.docx", b"", ["jokes.docx", ".csv", ".txt"]),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    tmp_path: Path, name: str, content: str | bytes, says: list[str]
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(CorpusError) as error:
        read_jokes(path)
    for part in [str(path), *says]:
        assert part in str(error.value)
    assert error.value.hint


def test_a_path_that_is_no_file_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such joke file"):
        read_jokes(tmp_path / "missing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CorpusError, match="is a folder"):
        read_jokes(tmp_path / "folder.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(CorpusError, match="not a regular file"):
        read_jokes(tmp_path / "pipe.csv")
    with pytest.raises(CorpusError, match="cannot be read"):
        read_jokes(tmp_path / ("long" * 100 + ".csv"))


def test_a_small_gzip_that_unpacks_to_very_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joke_files, "MAX_BYTES", 2**20)
    bomb = write(tmp_path / "bomb.txt.gz", gzip.compress(bytes(2**24)))
    with pytest.raises(CorpusError, match="too large"):
        read_jokes(bomb)


def test_a_hostile_name_or_column_cannot_reach_the_terminal(tmp_path: Path) -> None:
    path = write(tmp_path / "red\x1b[31m.csv", "a b,\x1b[2J c\nOne two.,Three four.\n")
    with pytest.raises(CorpusError) as error:
        read_jokes(path, "\x1b]0;title\a")
    assert not any(ord(c) < 32 and c != "\n" for c in str(error.value))


def test_several_files_are_one_corpus(tmp_path: Path) -> None:
    old = write(tmp_path / "old.txt", "\n".join([*jokes()[:30], "Déjà vu."]).encode("cp1252"))
    new = write(tmp_path / "new.jsonl", "\n".join(json.dumps({"joke": j}) for j in jokes()[20:]))
    corpus = load_corpus([("old", old), ("new", new)])
    assert corpus.names == ("old", "new")
    assert everything(corpus) == {*jokes(), "Déjà vu."}
    assert corpus.dropped_duplicates == 10
    assert len(corpus.notices) == 1


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
    assert len(read_jokes(REDDIT)[0]) == 1622
    assert load_corpus([("reddit", REDDIT)]).dropped_duplicates == 34


def test_corpora_need_neither_pandas_nor_torch() -> None:
    code = "import sys, jokebox.lm.corpus; print({'pandas', 'torch', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout == "set()\n"
