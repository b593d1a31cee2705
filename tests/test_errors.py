from __future__ import annotations

import pickle

import pytest

from jokebox.errors import CorpusError, JokeboxError, too_little_memory


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


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        MemoryError("Unable to allocate 9.31 GiB for an array with shape (50000, 50000)"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"),
        RuntimeError("can't start new thread"),
        ImportError("libtorch_python.so: failed to map segment from shared object"),
    ],
)
def test_a_lack_of_memory_is_told_with_what_to_do_next(error: Exception) -> None:
    known = too_little_memory(error)
    assert known is not None
    assert known.title == "there is too little memory"
    assert known.message
    assert "smaller" in known.hint


def test_another_error_is_no_lack_of_memory() -> None:
    assert too_little_memory(RuntimeError("an index is out of bounds")) is None
