"""One run of the program: what `python -m bot` builds around a token, built here around simcord."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import aiohttp

from bot.comfyui import ComfyUI
from bot.conversions import Conversions
from bot.discord_ui import Darkroom
from bot.ledger import Ledger, open_ledger
from bot.spool import Spool
from bot.worker import Leases, Line, ServerLoop, Workbench
from bot.workflows import Library


class BotProcess:
    """The bot, its ledger and a loop for each server. What outlives it is the ledger's file."""

    def __init__(self, ledger: Ledger, library: Library, urls: Sequence[str], spool: Spool) -> None:
        self.ledger = ledger
        self.bot = Darkroom(ledger, library, spool, Conversions())
        self._library = library
        self._session = aiohttp.ClientSession()
        self._servers = [ComfyUI(url, self._session) for url in urls]
        self._loops: list[asyncio.Task[None]] = []

    @classmethod
    async def begin(cls, folder: Path, library: Library, urls: Sequence[str]) -> Self:
        """Open the ledger and take up what a former run left behind; nothing works yet."""
        ledger = await open_ledger(f"sqlite+aiosqlite:///{folder / 'darkroom.db'}")
        await ledger.recover(urls)
        spool = Spool(folder / "spool")
        spool.open()
        return cls(ledger, library, urls, spool)

    def work(self) -> None:
        """Start the servers' loops, in the context of whoever calls: simcord must not count them as the bot's."""
        line = Line(self.ledger, self.bot.messages, self._library, leads=lambda: True)
        self._loops.append(asyncio.create_task(line.run(), name="the line"))
        leases, spool, conversions = Leases(self.ledger), self.bot.spool, self.bot.conversions
        bench = Workbench(self.ledger, self.bot.messages, self._library, leases, _nothing, spool, conversions)
        for server in self._servers:
            loop = ServerLoop(server, bench)
            self._loops.append(asyncio.create_task(loop.run(), name=f"loop of {server.url}"))

    async def die(self) -> None:
        """Stop in the middle of everything. Raises what a loop died of before."""
        loops, self._loops = self._loops, []
        for loop in loops:
            loop.cancel()
        await self.bot.messages.close()
        try:
            for loop in loops:
                with contextlib.suppress(asyncio.CancelledError):
                    await loop
        finally:
            await self._session.close()
            await self.ledger.close()
            self.bot.spool.close()


async def _nothing() -> None:
    """No other process adds workflows."""
