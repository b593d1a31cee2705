"""The page in a real browser."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyte
import pytest
from playwright.sync_api import Page, WebSocket

from tests import small
from tests.browser import browser
from tests.terminal import JOKEBOX, ROOT

pytestmark = pytest.mark.xdist_group("terminal")
PATIENCE = 100_000  # milliseconds


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Return the address of a server for one visitor; when it ends, it leaves nothing behind."""
    small.shelve("farm", small.fluent())
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*JOKEBOX, "serve", "--port", str(port), "--visitors", "1"],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert str(port) in server.stdout.readline()
        yield f"http://127.0.0.1:{port}/"
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
        said = server.stdout.read()
        assert said.count("A visitor came") == said.count("A visitor left")  # none without browser
        assert not [*tmp_path.glob("jokebox-visitor-*")]
        left = subprocess.run(["pgrep", "-f", str(tmp_path)], capture_output=True, text=True)
        assert not left.stdout
    finally:
        server.kill()
        server.wait()
        server.stdout and server.stdout.close()


class Shown:
    """What the app shows on the page, read from what the page's terminal is sent."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._screen = pyte.Screen(200, 60)
        self._stream = pyte.ByteStream(self._screen)
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self._stream.feed(data)

    def sees(self, text: str) -> None:
        for _ in range(PATIENCE // 100):
            if text in "\n".join(self._screen.display):
                return
            self._page.wait_for_timeout(100)
        raise AssertionError("never came:\n" + "\n".join(self._screen.display))


def test_the_page_paints_and_answers_without_a_click_or_another_server(address: str) -> None:
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 1100, "height": 700})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: asked.append(f"error: {message.text}")
                if message.type == "error" else None)  # fmt: skip
        shown = Shown(page)
        page.goto(address)
        shown.sees("Start a joke, I finish it.")
        shown.sees("farm")
        page.keyboard.type("Why did the owl")
        page.keyboard.press("Enter")
        shown.sees("Why did the owl ")
        shown.sees("^g Again")
        assert all(url.startswith(address) for url in asked)
        other = chromium.new_page()
        other.goto(address)
        assert "Try again" in other.inner_text("body")


def test_a_foreign_page_cannot_reach_the_app(address: str) -> None:
    with browser() as chromium:
        page = chromium.new_page()
        page.goto("about:blank")
        outcome = page.evaluate(
            """url => new Promise(done => {
                const socket = new WebSocket(url);
                socket.onopen = () => done("opened");
                socket.onerror = () => done("refused");
            })""",
            f"{address.replace('http', 'ws')}ws",
        )
        assert outcome == "refused"
        page.goto(address)  # so that a visitor has come, and leaves
        page.wait_for_selector("body.-first-byte", timeout=PATIENCE)
