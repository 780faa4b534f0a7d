"""A proxy with a door in front of a ComfyUI: it lets in who knows how, by HTTP and websocket alike."""

import asyncio
import io
import ssl
from collections.abc import Callable
from typing import Final, Self

import aiohttp
from aiohttp import web

_OURS: Final = frozenset({"host", "authorization", "content-length", "transfer-encoding", "connection", "upgrade"})
_HOPS: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"})
_MOST: Final = 200 * 2**20

Guard = Callable[[web.BaseRequest], bool]
Refusal = Callable[[], web.Response]


def unauthorized() -> web.Response:
    """As nginx answers who has no login."""
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="gpu"'}, text="<h1>401</h1>")


class Door:
    """`async with Door(url, guard)`: what `guard` lets in reaches the server at `url`, below `prefix`."""

    def __init__(
        self, behind: str, guard: Guard, *, prefix: str = "", host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self._behind: Final = behind
        self._guard: Final = guard
        self._prefix: Final = prefix
        self._host: Final = host
        self._tls: Final = tls
        self.refusal: Refusal = unauthorized
        """How it turns people away."""
        self.most_bytes = _MOST
        """The largest body that it lets through."""
        self.takes_sockets = True
        self.closed = False
        """It turns everybody away."""
        self.refused: list[str] = []
        self.passed: set[str] = set()
        """The paths of those that it turned away, and that it let in."""
        self.url = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runner = web.ServerRunner(web.Server(self._answer))
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0, ssl_context=self._tls)
        await site.start()
        host = f"[{self._host}]" if ":" in self._host else self._host
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://{host}:{self._runner.addresses[0][1]}{self._prefix}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.closed or not self._guard(request):
            self.refused.append(request.path)
            return self.refusal()
        if (request.content_length or 0) > self.most_bytes:
            return web.Response(status=413, text="<title>413 Request Entity Too Large</title>")
        if not request.path.startswith(f"{self._prefix}/"):
            return web.Response(status=404)
        path = request.path.removeprefix(self._prefix)
        self.passed.add(path)
        query = {name: value for name, value in request.query.items() if name != "token"}
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if not self.takes_sockets:
                return web.Response(status=400)
            return await self._bridge(request, path, query)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OURS}
        async with self._session.request(
            request.method,
            self._behind + path,
            params=query,
            headers=headers,
            data=io.BytesIO(await request.content.read()),
            allow_redirects=False,
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOPS}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())

    async def _bridge(self, request: web.BaseRequest, path: str, query: dict[str, str]) -> web.StreamResponse:
        ours = web.WebSocketResponse(max_msg_size=_MOST)
        await ours.prepare(request)
        async with self._session.ws_connect(self._behind + path, params=query, max_msg_size=_MOST) as theirs:
            ways = [asyncio.create_task(_pass_on(ours, theirs)), asyncio.create_task(_pass_on(theirs, ours))]
            _, still = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in still:
                way.cancel()
            await asyncio.gather(*still, return_exceptions=True)
        await ours.close()
        return ours


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _pass_on(source: Socket, target: Socket) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)
