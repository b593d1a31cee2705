from __future__ import annotations

import pytest

from jokebox import cache, paths


@pytest.mark.parametrize("content", [b"", b"\xff", b"[1]", b"{", b"[" * 100_000])
def test_a_damaged_file_is_read_as_empty(content: bytes) -> None:
    cache.remember("speeds", {"20": 1.0})
    (path,) = paths.data_dir().rglob("speeds.json")
    path.write_bytes(content)
    assert cache.recall("speeds") == {}
    cache.remember("speeds", {"20": 2.0})
    assert cache.recall("speeds") == {"20": 2.0}


def test_the_oldest_entries_are_dropped() -> None:
    cache.remember("sizes", {str(i): i for i in range(cache.MOST)})
    cache.remember("sizes", {"0": 0, "new": 1})
    known = cache.recall("sizes")
    assert len(known) == cache.MOST
    assert "new" in known
    assert "0" in known
    assert "1" not in known
