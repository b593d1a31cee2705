from __future__ import annotations

import pickle

import pytest

from jokebox.errors import CorpusError, JokeboxError


@pytest.mark.parametrize(
    ("hint", "text"),
    [("", "no such corpus: 'zebra'"), ("Add it.", "no such corpus: 'zebra'\nAdd it.")],
)
def test_an_error_reads_as_what_happened_where_and_what_to_do_next(hint: str, text: str) -> None:
    assert str(CorpusError("no such corpus", "'zebra'", hint)) == text


def test_an_error_can_be_sent_to_another_process() -> None:
    error = CorpusError("too few jokes", "a.csv", "Add more.")
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, JokeboxError)
    assert (type(copy), str(copy)) == (CorpusError, str(error))
