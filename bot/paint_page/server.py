"""Serves the page on a port of its own."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from bot.errors import PortTaken
from bot.paint_page.connections import Door
from bot.paint_page.deadlines import Deadlines
from bot.paint_page.desk import Desk
from bot.paint_page.handlers import Handlers
from bot.paint_page.headers import answer_in_their_language, explain_errors, protect

log = logging.getLogger(__name__)

_BACKLOG: Final = 64
_ENDING_SECONDS: Final = 5.0
_DEADLINES: Final = Deadlines()


@contextlib.asynccontextmanager
async def serve_paint_page(
    host: str, port: int, public_url: str, desk: Desk, deadlines: Deadlines = _DEADLINES
) -> AsyncIterator[None]:
    """Serve the page within the block. Raises `PortTaken`.

    A proxy may pass on the path of `public_url`, or leave it out: both work.
    """
    app = web.Application(middlewares=[answer_in_their_language, explain_errors])
    app.on_response_prepare.append(protect)
    handlers = Handlers(desk, deadlines)
    for prefix in {"", urlsplit(public_url).path}:
        handlers.add_to(app.router, prefix)
    runner = web.AppRunner(app, shutdown_timeout=_ENDING_SECONDS)
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - `setup` has made it
    server = None
    try:
        try:
            server = await asyncio.get_running_loop().create_server(
                Door(runner.server, deadlines), host, port, backlog=_BACKLOG, reuse_address=os.name == "posix"
            )
        except OSError as fault:
            reason = os.strerror(fault.errno) if fault.errno else str(fault)
            raise PortTaken(f"{host}:{port}", reason, "PUBLIC_PORT") from fault
        log.info("serving the paint page at http://%s:%d for %s", host, port, public_url)
        yield
    finally:
        if server is not None:
            server.close()
        await runner.cleanup()
