"""The page: who may see it, how many at once, and what is left when they have gone."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from jokebox.library import Library
from jokebox.serving.server import JokeboxServer
from tests import small

# each visitor is an app of its own: side by side they would only wait for each other
pytestmark = pytest.mark.xdist_group("terminal")

Page = tuple[ClientWebSocketResponse, asyncio.Task[None]]  # and what reads it
Client = TestClient[Request, Application]
NOT_IDLE = 1000.0  # seconds


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def client(
    request: pytest.FixtureRequest,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Client]:
    """Serve two visitors, who may be idle for as many seconds as the parameter says."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    small.shelve("farm", small.endless())
    server = JokeboxServer(
        lambda models: Library().copy("farm", models),
        said.append,
        port=0,
        most=2,
        idle=getattr(request, "param", NOT_IDLE),
    )
    async with TestClient(TestServer(await server._make_app())) as client:
        yield client
    assert homes(tmp_path) == []


def homes(folder: Path) -> list[Path]:
    return sorted(folder.glob("jokebox-visitor-*"))


def origin(client: Client) -> dict[str, str]:
    return {"Origin": f"http://{client.host}:{client.port}"}


async def come(client: Client) -> Page:
    """Open a web socket as the page does, and go on reading what it is sent."""
    page = await client.ws_connect("/ws?width=80&height=24", headers=origin(client))
    shown = b""
    while b"Start a joke" not in shown:
        message = await page.receive(timeout=100)
        assert message.type == WSMsgType.BINARY, message
        shown += message.data
    return page, asyncio.create_task(read(page))


async def read(page: ClientWebSocketResponse) -> None:
    """Read what a page is sent, until it is closed."""
    async for _ in page:
        pass


async def until_they_left(said: list[str]) -> None:
    while "A visitor left: 0 of 2" not in said:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("path", ["/", "/page.js", "/static/js/textual.js", "/download/x", "/ws"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "jokes.example"},
        {"Host": "127.0.0.1.jokes.example:80"},
        {"Origin": "http://jokes.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ],
    ids=" ".join,
)
async def test_another_page_and_another_name_are_refused(
    client: Client, said: list[str], path: str, headers: dict[str, str]
) -> None:
    response = await client.get(path, headers=headers)
    assert response.status == 403
    assert "only for the machine" in await response.text()
    assert len(said) == 1  # that it began


async def test_a_web_socket_without_origin_is_refused(client: Client) -> None:
    with pytest.raises(WSServerHandshakeError, match="403"):
        await client.ws_connect("/ws")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_the_page_runs_only_its_own_scripts(client: Client, name: str) -> None:
    response = await client.get("/", headers={"Host": f"{name}:{client.port}"})
    text = await response.text()
    assert response.status == 200
    assert f"ws://{name}:{client.port}/ws" in text
    assert "://" not in text.replace(f"ws://{name}", "")
    assert "default-src 'none'; script-src 'self';" in response.headers["Content-Security-Policy"]
    assert (await client.get("/page.js")).content_type == "text/javascript"


async def test_two_visitors_have_homes_of_their_own_and_a_third_has_no_place(
    client: Client, said: list[str], tmp_path: Path
) -> None:
    (one, reading), other = await come(client), await come(client)
    assert len(homes(tmp_path)) == 2
    for home in homes(tmp_path):
        assert home.stat().st_mode & 0o77 == 0
        assert [*home.glob(".jokebox/data/models/farm/model.safetensors")]
    response = await client.get("/")
    assert response.status == 503
    assert "as many visitors as it may have: 2" in await response.text()
    with pytest.raises(WSServerHandshakeError, match="503"):
        await client.ws_connect("/ws", headers=origin(client))
    await one.close()
    await reading
    while "A visitor left: 1 of 2" not in said:
        await asyncio.sleep(0.05)
    assert len(homes(tmp_path)) == 1
    assert (await client.get("/")).status == 200
    assert not other[0].closed


@pytest.mark.parametrize("client", [0.5], indirect=True)
async def test_who_does_nothing_for_long_has_to_leave(
    client: Client, said: list[str], tmp_path: Path
) -> None:
    await read(await client.ws_connect("/ws", headers=origin(client)))
    await until_they_left(said)
    assert homes(tmp_path) == []


@pytest.mark.parametrize("message", ["[]", "{}", "no JSON", '["resize", {}]', '["stdin", 7]'])
async def test_a_page_that_sends_what_it_never_would_has_to_leave(
    client: Client, said: list[str], message: str
) -> None:
    page = await client.ws_connect("/ws?width=-5&height=1000000", headers=origin(client))
    await page.send_str(message)
    await read(page)
    await until_they_left(said)
