"""The page itself: who may see it, how many at once, and for how long they may do nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp_jinja2 import render_template
from textual_serve.server import Server, to_int

from jokebox.serving.visitor import Visitor

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent
HOST = "127.0.0.1"
OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class JokeboxServer(Server):
    """Serves the app to at most `most` visitors at once, each `idle` seconds after the last key.

    `furnish` puts the models that a visitor may talk to into a folder; `say` prints a line.
    """

    def __init__(
        self,
        furnish: Callable[[Path], None],
        say: Callable[[str], None],
        *,
        port: int,
        most: int,
        idle: float,
    ) -> None:
        super().__init__("jokebox", host=HOST, port=port, templates_path=FOLDER)
        self._furnish, self._say = furnish, say
        self._most, self._idle = most, idle
        self._visitors: set[Visitor] = set()

    def serve(self, debug: bool = False) -> None:
        """Serve until ctrl-c or SIGTERM; raises OSError if the port cannot be used."""
        web.run_app(self._make_app(), host=self.host, port=self.port, print=None)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.add_routes([web.get("/page.js", handle_script)])
        app.middlewares.append(only_from_here)
        return app

    async def on_startup(self, app: web.Application) -> None:
        self._say(f"jokebox is at http://{self.host}:{self.port} for this machine; ctrl-c ends it")

    async def on_shutdown(self, app: web.Application) -> None:
        await asyncio.gather(*(visitor.stop() for visitor in self._visitors))

    async def handle_index(self, request: web.Request) -> web.Response:
        """Return the page, or that there is no place left."""
        full = len(self._visitors) >= self._most
        context = {
            "full": full,
            "most": self._most,
            "minutes": round(self._idle / 60),
            "font_size": to_int(request.query.get("fontsize", "16"), 16),
            "websocket": f"ws://{request.host}/ws",
        }
        return render_template("page.html", request, context, status=503 if full else 200)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for a page until it is closed, the app is left, or nothing is done."""
        if len(self._visitors) >= self._most:
            raise web.HTTPServiceUnavailable(text="jokebox is full: try again later")
        page = web.WebSocketResponse(heartbeat=15)
        visitor = Visitor(page, self.download_manager, self._furnish)
        self._visitors.add(visitor)
        self._say(f"A visitor came: {len(self._visitors)} of {self._most}")
        ending = asyncio.create_task(self._end_if_idle(visitor, page))
        try:
            await page.prepare(request)
            width, height = (request.query.get(name, "") for name in ("width", "height"))
            await visitor.start(to_int(width, 80), to_int(height, 24))
            await self._process_messages(page, visitor)
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            log.warning("a page sent what it never would: %r", error)
        finally:
            ending.cancel()
            leaving = asyncio.create_task(self._see_off(visitor))
            await asyncio.shield(leaving)  # this task is cancelled if the connection is lost
        return page

    async def _see_off(self, visitor: Visitor) -> None:
        await visitor.stop()
        self._visitors.discard(visitor)
        self._say(f"A visitor left: {len(self._visitors)} of {self._most}")

    async def _end_if_idle(self, visitor: Visitor, page: web.WebSocketResponse) -> None:
        while (left := self._idle - visitor.idle) > 0:
            await asyncio.sleep(left)
        await page.close()


async def handle_script(request: web.Request) -> web.Response:
    """Return the script of the page."""
    script = (FOLDER / "page.js").read_text()
    return web.Response(text=script, content_type="text/javascript")


@web.middleware
async def only_from_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another page asks for, and what comes by another name than this machine's.

    A browser sends Origin with each web socket. A name that another page's owner has pointed to
    this machine (DNS rebinding) is in Host.
    """
    name = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin", "" if request.path == "/ws" else None)
    if name not in OWN_NAMES or origin not in (None, f"http://{request.host}"):
        return web.Response(status=403, text="This page is only for the machine that it runs on.")
    response = await handler(request)
    if not response.prepared:
        response.headers.update(HEADERS)
    return response
