"""A visitor of the page: a process with the app, and a home of its own that goes with it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic

from aiohttp.web import WebSocketResponse
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

LEAVING = 5.0  # seconds that the app has to end by itself
SMALLEST, LARGEST = 1, 500  # columns and rows of a page


class Visitor(AppService):
    """Runs the app for one page, and passes on what is typed there and what is shown.

    `furnish` is given the folder for its models, and puts there what the visitor may talk to.
    """

    def __init__(
        self, page: WebSocketResponse, downloads: DownloadManager, furnish: Callable[[Path], None]
    ) -> None:
        async def close() -> None:
            await page.close()

        super().__init__(
            "jokebox",
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=downloads,
        )
        self._furnish = furnish
        self._home: Path | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._typed = monotonic()

    @property
    def idle(self) -> float:
        """The seconds since the visitor last used a key or the mouse."""
        return monotonic() - self._typed

    async def send_bytes(self, data: bytes) -> bool:
        self._typed = monotonic()
        return await super().send_bytes(data)

    async def set_terminal_size(self, width: int, height: int) -> None:
        await super().set_terminal_size(_bounded(width), _bounded(height))

    async def start(self, width: int, height: int) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="jokebox-visitor-"))
        await asyncio.to_thread(self._furnish, self._data / "data" / "models")
        await super().start(_bounded(width), _bounded(height))

    async def stop(self) -> None:
        """End the app, by force if it does not end by itself, and remove its home."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave())
        await asyncio.shield(self._leaving)  # whoever waits for it may be cancelled

    async def _leave(self) -> None:
        if self._home is None:
            return
        with suppress(TimeoutError, OSError):  # the page is gone, and cannot be written to
            await asyncio.wait_for(super().stop(), LEAVING)
        if self._process is not None:
            with suppress(ProcessLookupError):  # it has ended; what it has started may be left
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        await asyncio.to_thread(shutil.rmtree, self._home, ignore_errors=True)

    @property
    def _data(self) -> Path:
        """Where the app keeps its files, out of sight of the visitor."""
        assert self._home is not None
        return self._home / ".jokebox"

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return super()._build_environment(width, height) | {
            "TEXTUAL_DRIVER": "jokebox.tui.visit:VisitDriver",
            "JOKEBOX_HOME": str(self._data),
            "JOKEBOX_VISITOR": str(self._home),
            "HOME": str(self._home),
            "OPENBLAS_NUM_THREADS": "1",
        }

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "jokebox.tui.visit"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            cwd=self._home,
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process


def _bounded(size: int) -> int:
    return min(max(size, SMALLEST), LARGEST)
