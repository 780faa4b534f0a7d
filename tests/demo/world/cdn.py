"""The files of messages at addresses that work: the bot fetches attachments over HTTP, past simcord."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final, Self
from urllib.parse import quote

from aiohttp import web
from simcord.backend.cdn import CdnStore


class ServedCdn(CdnStore):
    """simcord's store, whose attachments lie at `address` instead of a host that does not exist."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address: Final = address

    @classmethod
    @contextlib.asynccontextmanager
    async def serving(cls) -> AsyncIterator[Self]:
        """Serves what is stored on a free port of this machine until the block ends."""
        app = web.Application()
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.0)

        async def send(request: web.Request) -> web.Response:
            content = store.get(store._url(**request.match_info))
            if content is None:
                raise web.HTTPNotFound
            return web.Response(body=content)

        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{filename}", send)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            store = cls(f"http://127.0.0.1:{runner.addresses[0][1]}")
            yield store
        finally:
            await runner.cleanup()

    def store_attachment(
        self, attachment_id: int, channel_id: int, filename: str, data: bytes, description: str | None
    ) -> dict[str, Any]:
        stored = super().store_attachment(attachment_id, channel_id, filename, data, description)
        url = self._url(str(channel_id), str(attachment_id), filename)
        self._blobs[url] = self._blobs.pop(stored["url"])
        return {**stored, "url": url, "proxy_url": url}

    def _url(self, channel_id: str, attachment_id: str, filename: str) -> str:
        return f"{self._address}/attachments/{channel_id}/{attachment_id}/{quote(filename, safe='')}"
