from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from jokebox.errors import CorpusError
from jokebox.lm.corpus import Corpus
from jokebox.train import spreadsheets
from jokebox.train.joke_files import load_corpus
from jokebox.train.source import Source
from jokebox.train.spreadsheets import spreadsheet_rows
from tests.small import jokes
from tests.train.rows import left_out, read, source, workbook

ROWS = [["ID", "Joke"], *([str(i), joke] for i, joke in enumerate(jokes(40)))]


def everything(corpus: Corpus) -> set[str]:
    return {*corpus.training, *corpus.validation, *corpus.test}


def rows_of(opened: Source) -> list[str]:
    return read(lambda given: spreadsheet_rows(given, ()), opened)


@pytest.mark.parametrize("name", ["jokes.xlsx", "jokes.csv", "jokes.xlsx.gz"])
def test_a_workbook_gives_its_jokes_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    content = workbook({"Sheet1": ROWS})
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    table = tmp_path / "table.csv"
    table.write_text("\n".join(f'{number},"{joke}"' for number, joke in ROWS))
    expected = everything(load_corpus([("jokes", table)]))
    assert everything(load_corpus([("jokes", path)])) == expected


def test_rows_keep_the_numbers_that_the_spreadsheet_shows() -> None:
    opened = source(workbook({"A": [ROWS[0], [], ROWS[1], ["2", "[deleted]"]]}), ".xlsx")
    assert left_out(lambda given: spreadsheet_rows(given, ()), opened) == [(4, "deleted")]
    assert opened.columns == ("Joke",)


def test_setups_and_punchlines_in_two_columns_are_joined() -> None:
    cells = [["Setup", "Punchline"], ["Why did the cow cross?", "It was 7 & bored."]]
    assert rows_of(source(workbook({"A": cells}), ".xlsx")) == [
        "Why did the cow cross? It was 7 & bored."
    ]


def test_the_first_sheet_with_rows_is_read_and_the_others_are_named() -> None:
    sheets = {"Empty": [], "Mine": ROWS, "Yours": ROWS[:4]}
    opened = source(workbook(sheets), ".xlsx")
    assert len(rows_of(opened)) == 40
    assert opened.notices == ["jokes.xlsx: only the sheet Mine was read, not Yours"]


@pytest.mark.parametrize(
    "content", [b"", b"not a workbook", workbook({"A": ROWS})[:900]], ids=["empty", "text", "cut"]
)
def test_a_file_that_is_no_spreadsheet_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(CorpusError, match="a spreadsheet cannot be read") as refused:
        rows_of(source(content, ".xlsx"))
    assert "jokes.xlsx" in str(refused.value)


def test_a_workbook_that_unpacks_to_very_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 1000)
    with pytest.raises(CorpusError, match="too large"):
        rows_of(source(workbook({"A": ROWS}), ".xlsx"))


def test_a_word_document_is_not_taken_for_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "jokes.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(CorpusError, match="Office document"):
        load_corpus([("jokes", path)])
