from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests import small

pytestmark = pytest.mark.xdist_group("terminal")


async def test_if_the_server_is_gone_the_app_ends() -> None:
    small.shelve("farm", small.endless())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jokebox.tui.visit"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TEXTUAL_DRIVER": "jokebox.tui.visit:VisitDriver"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readuntil(b"Start a joke")
    process.stdin.close()
    await process.stdout.read()
    assert await process.wait() == 0
