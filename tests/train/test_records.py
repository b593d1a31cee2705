from __future__ import annotations

import json
from functools import partial

import pytest

from jokebox.errors import CorpusError
from jokebox.train.records import json_rows
from tests.train.rows import Reader, left_out, read, source

JOKES = [f"Why did the cow go home on day {i}? Because it rained." for i in range(9)]
PAIRS = [joke.split("? ") for joke in JOKES]
OBJECTS = [{"joke": joke} for joke in JOKES]
PARTS = [{"setup": f"{setup}?", "punchline": punchline} for setup, punchline in PAIRS]


def jokes(*fields: str) -> Reader:
    return partial(json_rows, wanted=fields)


def lines(values: list[object]) -> str:
    return "\n".join(map(json.dumps, values))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(JOKES),
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        json.dumps(PARTS),
        json.dumps([[f"{setup}?", punchline] for setup, punchline in PAIRS]),
        json.dumps([JOKES]),
        json.dumps([[joke] for joke in OBJECTS]),
        json.dumps({"about": {"by": "me"}, "jokes": PARTS}),
        json.dumps({"id": dict.fromkeys(range(9), 7), "joke": dict(enumerate(JOKES))}),
        json.dumps(dict(enumerate(OBJECTS))),
        json.dumps(dict(enumerate(JOKES))),
        json.dumps({"data": {"children": [{"kind": "t3", "data": part} for part in PARTS]}}),
        "\n".join(json.dumps(joke, indent=1) for joke in OBJECTS),
    ],
)
def test_a_json_file_is_read_however_it_is_nested(content: str) -> None:
    assert read(jokes(), source(content, ".json")) == JOKES


@pytest.mark.parametrize(
    "content",
    [
        lines([*OBJECTS]),
        lines([*PARTS]),
        lines([*JOKES]),
        lines([[f"{setup}?", punchline] for setup, punchline in PAIRS]),
        lines([OBJECTS[0], *PARTS[1:]]),
        json.dumps(OBJECTS),
        json.dumps(OBJECTS, indent=2),
        lines([{"title": s + "?", "selftext": p, "text": None} for s, p in PAIRS]),
    ],
)
def test_json_lines_may_be_objects_texts_or_arrays(content: str) -> None:
    assert read(jokes(), source(content, ".jsonl")) == JOKES


def test_fields_can_be_named_in_their_order() -> None:
    opened = source(lines([{"joke": "no", "B": "yes", "a": "oh"}]), ".jsonl")
    assert read(jokes("a", "b"), opened) == ["oh yes"]
    nested = source(json.dumps({"all": [{"pun": "a"}, {"pun": "b"}]}), ".json")
    assert read(jokes("pun"), nested) == ["a", "b"]


def test_rows_that_are_no_jokes_are_left_out_with_their_lines() -> None:
    opened = source(
        lines([OBJECTS[0], {"error": "rate limited"}, {"joke": 7}])
        + '\n{"joke": \n\n{"title": "a", "body": "[deleted]"}',
        ".jsonl",
    )
    assert read(jokes(), opened) == JOKES[:1]
    assert left_out(jokes(), opened) == [
        (2, "without a joke"),
        (3, "without a joke"),
        (4, "not JSON"),
        (6, "deleted"),
    ]


def test_an_array_that_is_broken_is_read_before_and_behind_that() -> None:
    broken = json.dumps(OBJECTS, indent=2).replace('"joke": "Why did the cow go home on day 4', "x")
    assert len(read(jokes(), source(broken, ".json"))) == 8
    assert left_out(jokes(), source(broken, ".json")) == [(14, "not JSON")]
    cut = json.dumps(OBJECTS)[:-20]
    assert len(read(jokes(), source(cut, ".json"))) == 8


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"pun": "b"}\n', "no text in joke; it has pun"),
        ('{"joke": 7}\n', "no text in joke"),
        ('{"joke": \n', "not JSON"),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
        ("[7, 8]\n", "it has no fields"),
        pytest.param(json.dumps({f"{i}" + "k" * 99: 1 for i in range(999)}), "more", id="many"),
    ],
)
def test_without_a_joke_it_says_what_there_is(content: str, says: str) -> None:
    for suffix in (".json", ".jsonl"):
        with pytest.raises(CorpusError, match="line 1: ") as error:
            read(jokes(), source(content, suffix))
        assert says in str(error.value)
        assert "--column" in str(error.value)
        assert len(str(error.value)) < 700


def test_nothing_in_a_file_is_nothing() -> None:
    for content in ("", " \n", "[]"):
        assert read(jokes(), source(content, ".json")) == []
