"""The page's server without a bot behind it: a desk with one link, so that any image and any deadline can be tried."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from bot.paint_page import Refusal, Sent, Sheet, serve_paint_page
from bot.paint_page.deadlines import Deadlines
from bot.spool import Box, Content, Spool, read

HOST: Final = "127.0.0.1"
DEADLINES: Final = Deadlines()


class OneLink:
    """A desk with one link, `good`. `sent` are the prompts and masks that came through it."""

    def __init__(self, spool: Spool, image: bytes) -> None:
        self._spool = spool
        self._image = image
        self.sent: list[tuple[str, bytes]] = []

    async def open(self, token: str) -> Sheet | Refusal:
        return Sheet("a fox", 100, time.time() + 600) if token == "good" else Refusal(404, "no", final=True)

    async def image(self, token: str, box: Box) -> Content | Refusal:
        return await box.put(self._image) if token == "good" else Refusal(404, "no")

    async def send(self, token: str, prompt: str, mask: Content) -> Sent | Refusal:
        assert token == "good"
        self.sent.append((prompt, await asyncio.to_thread(read, mask)))
        return Sent("https://discord.com/channels/1/2/3")

    def box(self) -> Box:
        return self._spool.box()


@contextlib.asynccontextmanager
async def desk_at(
    folder: Path, port: int, deadlines: Deadlines = DEADLINES, image: bytes = b""
) -> AsyncIterator[OneLink]:
    """Serve the page for this image at the port."""
    spool = Spool(folder)
    spool.open()
    desk = OneLink(spool, image)
    try:
        async with serve_paint_page(HOST, port, "", desk, deadlines):
            yield desk
    finally:
        spool.close()
