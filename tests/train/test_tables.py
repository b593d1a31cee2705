from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import pytest

from jokebox.errors import CorpusError
from jokebox.train.tables import is_header, looks_like_table, table_rows
from tests.train.rows import Reader, left_out, read, source

JOKES = [
    "Why did the cow go home? Because it rained, said the fish.",
    "Well, why did the cat? It had a hat; a small one.",
    'He said "moo" | and left.',
    "What is new? Nobody knows.",
    "A dog walks into a bar, again.",
] * 2


def table(
    rows: Sequence[Sequence[object]], separator: str, quoting: int = csv.QUOTE_MINIMAL
) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return written.getvalue()


def jokes(*columns: str) -> Reader:
    return partial(table_rows, wanted=columns)


NUMBERED = list(enumerate(JOKES))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("header", [[["id", "joke"]], []], ids=["header", "none"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_the_separator_is_found_in_the_file(
    separator: str, quoting: int, header: list[list[str]], suffix: str
) -> None:
    opened = source(table([*header, *NUMBERED], separator, quoting), suffix)
    assert read(jokes(), opened) == JOKES
    assert opened.separator == separator


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\r\n', "SEP=;\n"])
def test_the_line_of_excel_that_names_the_separator_is_no_joke(first: str) -> None:
    opened = source(first + table([["id", "joke"], *NUMBERED], ";"))
    assert read(jokes(), opened) == JOKES


@pytest.mark.parametrize("header", ["", "joke\n", "Jokes of mine\n"])
def test_text_in_one_column_keeps_its_commas(header: str) -> None:
    opened = source(header + "\n".join(JOKES))
    assert read(jokes(), opened) == JOKES
    assert opened.separator is None


@pytest.mark.parametrize("header", [[",0"], ["0"], [",joke"]])
def test_the_names_that_pandas_gives_are_no_joke(header: list[str]) -> None:
    rows = [joke if header == ["0"] else f"{i},{joke}" for i, joke in enumerate(["A b c."] * 9)]
    assert read(jokes(), source("\n".join(header + rows))) == ["A b c."] * 9


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["ID", "Joke"], True),
        (["Dad jokes"], True),
        (["", "0"], True),
        (["", ""], False),
        (["1", "Why?"], False),
        (["A joke with more than three words"], False),
    ],
)
def test_a_header_is_told_from_a_joke(cells: list[str], expected: bool) -> None:
    assert is_header(cells) == expected


# -- quotes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_lone_quote_is_a_letter_and_glues_no_rows(separator: str) -> None:
    rows = [[str(i), f"A joke with the number {i}."] for i in range(9)]
    rows[4][1] = '"A quote that nobody closes'
    opened = source("\n".join(map(separator.join, [["id", "joke"], *rows])))
    found = read(jokes(), opened)
    assert len(found) == 9
    assert found[4] == '"A quote that nobody closes'
    assert "line 6" in opened.notices[0]


def test_a_quote_inside_a_field_is_a_letter() -> None:
    opened = source('id,joke\n1,He was 6" tall.\n2,"Say ""moo""."\n')
    assert read(jokes(), opened) == ['He was 6" tall.', 'Say "moo".']
    assert not opened.notices


def test_a_joke_keeps_the_lines_in_its_quotes() -> None:
    opened = source('ID,Joke\n1,"Knock, knock.\nWho is there?"\n')
    assert read(jokes(), opened) == ["Knock, knock.\nWho is there?"]


def test_quotes_may_have_backslashes_and_spaces_before_them() -> None:
    escaped = source('id,joke\n1,"Say \\"moo\\", cow."\n2,"Say \\"oink\\", pig."\n')
    assert read(jokes(), escaped) == ['Say "moo", cow.', 'Say "oink", pig.']
    spaced = source('id, joke\n1, "One, two."\n2, "Three, four."\n')
    assert read(jokes(), spaced) == ["One, two.", "Three, four."]


# -- rows ------------------------------------------------------------------------------------------


def test_a_row_of_another_width_is_left_out_with_its_line() -> None:
    opened = source("0\tOne two.\n1\tThree\tfour.\n\n2\tFive six.\n", ".tsv")
    assert read(jokes(), opened) == ["One two.", "Five six."]
    assert left_out(jokes(), opened) == [(2, "with a wrong number of fields")]


def test_a_row_may_lack_what_is_no_joke_and_end_in_empty_fields() -> None:
    opened = source("id,joke,note\n1,One two.\n2,Three four.,so,,\n3\n4,Five six.,,\n")
    assert read(jokes(), opened) == ["One two.", "Three four.", "Five six."]
    assert [line for line, _ in left_out(jokes(), opened)] == [4]


def test_if_most_rows_do_not_fit_nothing_is_read() -> None:
    with pytest.raises(CorpusError, match=r"2 of 3 rows .* line 2 has 3 fields instead of 2"):
        read(jokes(), source("id,joke\n1,a, b\n2,c, d\n3,e\n"))


def test_a_deleted_post_is_left_out() -> None:
    opened = source("title,selftext\nWhy?,Because.\nWho?,[removed]\n[deleted],x\n")
    assert read(jokes(), opened) == ["Why? Because."]
    assert left_out(jokes(), opened) == [(3, "deleted"), (4, "deleted")]


# -- columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["setup,punchline", "Question,Answer", "title,selftext", "title,body", "ID,JOKE"]
)
def test_known_columns_are_the_parts_of_a_joke(header: str) -> None:
    opened = source(f"{header},score\nOne two,three four.,7\n")
    parts = ["three four."] if header == "ID,JOKE" else ["One two three four."]
    assert read(jokes(), opened) == parts
    assert [name.lower() for name in opened.columns] == header.lower().split(",")[-2:] or parts


def test_columns_can_be_named_in_their_order() -> None:
    content = "first one,second one\nWhy me?,Why not you?\nWho is it?,It is me.\n"
    assert read(jokes("second one", "FIRST ONE"), source(content)) == [
        "Why not you? Why me?",
        "It is me. Who is it?",
    ]
    headless = source("Why me?,Why not you?\nWho is it?,It is me.\n")
    assert read(jokes("2"), headless) == ["Why not you?", "It is me."]


@pytest.mark.parametrize(
    ("content", "columns", "says"),
    [
        ("one,other\nWhy me?,Why not?\n", [], ["several columns hold text", "one, other"]),
        ("ID,Count\n1,2\n", [], ["no column holds text", "ID, Count", "--column"]),
        ("ID,Joke\n1,a b\n", ["pun"], ["no column is called pun"]),
        ("Joke,Text\n,A b c.\n,D e f.\n", [], ["column Joke is empty, but Text is not"]),
        pytest.param(f"{'x,' * 80_000}\n{'a b,' * 80_000}", [], ["79,993 more"], id="wide"),
    ],
)
def test_an_unclear_column_is_an_error_that_names_them(
    content: str, columns: list[str], says: list[str]
) -> None:
    with pytest.raises(CorpusError) as error:
        read(jokes(*columns), source(content))
    for part in says:
        assert part in str(error.value)
    assert len(str(error.value)) < 700


def test_words_that_look_like_missing_values_are_jokes() -> None:
    found = read(jokes(), source("ID,Joke\n1,NA\n2,null\n3,nan\n4,007\n5,\n"))
    assert found == ["NA", "null", "nan", "007", ""]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["id\tjoke", "1\tA.", "2\tB."], True),
        (["id,joke", "1,A.", "2,B."], True),
        (["Well, yes", "Oh, no", "A, b"], False),
        (["joke", "A, b."], False),
        (["One."], False),
    ],
)
def test_a_table_in_a_text_file_is_recognised(lines: list[str], expected: bool) -> None:
    assert looks_like_table(lines) == expected


@pytest.mark.parametrize(
    "hostile",
    ['1,"a\n' * 20_000, '"\n' * 20_000, '"' * 2**18, 'x,"\n' + "y,z\n" * 20_000],
    ids=["open", "alone", "many", "one"],
)
def test_of_hostile_quotes_each_line_is_read_at_most_twice(hostile: str) -> None:
    rows = list(table_rows(source("id,joke\n" + hostile), ()))
    assert len(rows) <= hostile.count("\n") + 2


@pytest.mark.parametrize("blank", ["\n\n", "  \n", ";;\n"])
def test_blank_rows_before_the_header_are_none(blank: str) -> None:
    content = f"{blank}joke;id\n" + "".join(
        f'"{joke.replace(chr(34), "")}";{i}\n' for i, joke in enumerate(JOKES)
    )
    assert len(read(lambda opened: table_rows(opened, ()), source(content))) == len(JOKES)


@pytest.mark.parametrize("content", ["sep=;\n\n", "sep=;\n", "\n\n"])
def test_a_table_of_blank_rows_has_no_jokes(content: str) -> None:
    assert read(lambda opened: table_rows(opened, ()), source(content)) == []
