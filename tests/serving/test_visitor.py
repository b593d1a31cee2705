from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from pathlib import Path

import pytest
from aiohttp.web import WebSocketResponse
from textual_serve.download_manager import DownloadManager

from jokebox.serving import visitor
from jokebox.serving.visitor import Visitor, _bounded

pytestmark = pytest.mark.xdist_group("terminal")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which homes are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def leave_nothing(models: Path) -> None:
    models.mkdir(parents=True)


@pytest.mark.parametrize(("asked", "given"), [(80, 80), (0, 1), (-5, 1), (10**9, 500)])
def test_no_page_is_too_large_or_too_small(asked: int, given: int) -> None:
    assert _bounded(asked) == given


async def test_an_app_that_does_not_end_by_itself_is_killed_and_its_home_is_removed(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor, "LEAVING", 0.1)
    someone = Visitor(WebSocketResponse(), DownloadManager(), leave_nothing)
    await someone.start(80, 24)
    assert [*temporary.glob("jokebox-visitor-*/.jokebox/data/models")]
    process = someone._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    await asyncio.gather(someone.stop(), someone.stop())
    assert process.returncode == -9
    assert not [*temporary.glob("jokebox-visitor-*")]


async def test_what_a_home_cannot_be_furnished_with_leaves_no_home(temporary: Path) -> None:
    def fail(models: Path) -> None:
        raise OSError("the disk is full")

    someone = Visitor(WebSocketResponse(), DownloadManager(), fail)
    with pytest.raises(OSError, match="full"):
        await someone.start(80, 24)
    await someone.stop()
    assert not [*temporary.glob("jokebox-visitor-*")]
