"""One run of the program: what `python -m bot` builds around a token, built here around simcord."""

import asyncio
import contextlib
import contextvars
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import aiohttp
import discord

from bot.comfyui import ComfyUI
from bot.conversions import Conversions
from bot.discord_ui import FEATURES, Darkroom, PaintPage
from bot.discord_ui.queue.live_queue import LiveQueues
from bot.ledger import Ledger, open_ledger
from bot.moderation.log_channel import LogChannel
from bot.paint_page import serve_paint_page
from bot.settings import Settings, read_settings
from bot.spool import Spool
from bot.worker import (
    Approvals,
    CompletionNotices,
    Digests,
    GridSheets,
    Leases,
    QueuePositions,
    Reports,
    ServerLoop,
    Workbench,
)
from bot.workflows import Library


def _settings(more: Mapping[str, str]) -> Settings:
    """With a paint page on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    page = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PUBLIC_PORT": str(port)}
    return read_settings({"DISCORD_TOKEN": "of nobody", **page, **more})


class BotProcess:
    """The bot, its ledger and a loop for each server."""

    def __init__(
        self, ledger: Ledger, library: Library, urls: Sequence[str], spool: Spool, more: Mapping[str, str]
    ) -> None:
        self.ledger = ledger
        self.bot = Darkroom(
            FEATURES, settings=_settings(more), ledger=ledger, library=library, spool=spool, conversions=Conversions()
        )
        self._library = library
        self._session = aiohttp.ClientSession()
        self._servers = [ComfyUI(url, self._session) for url in urls]
        self._loops: list[asyncio.Task[None]] = []

    @classmethod
    async def begin(cls, folder: Path, library: Library, urls: Sequence[str], more: Mapping[str, str]) -> Self:
        """Open the ledger; nothing works yet. `more` are settings."""
        ledger = await open_ledger(f"sqlite+aiosqlite:///{folder / 'darkroom.db'}")
        spool = Spool(folder / "spool")
        spool.open()
        return cls(ledger, library, urls, spool, more)

    def work(self) -> None:
        """Start what never ends, in the context of the caller: simcord must not count it as the bot's."""
        ledger, messages, library = self.ledger, self.bot.messages, self._library
        leases, spool, conversions = Leases(ledger), self.bot.spool, self.bot.conversions
        bench = Workbench(
            settings=self.bot.settings,
            ledger=ledger,
            messages=messages,
            library=library,
            leases=leases,
            reload=_nothing,
            spool=spool,
            conversions=conversions,
        )
        self.bot.services[LiveQueues] = _Queues(self.bot, contextvars.copy_context())
        for endless in (
            *self.bot.running(),
            QueuePositions(ledger, messages, library, leads=_always).run(),
            Approvals(ledger, messages, library, leads=_always).run(),
            CompletionNotices(ledger, self.bot.channels, leads=_always).run(),
            Digests(ledger, self.bot.channels, library, leads=_always).run(),
            Reports(ledger, self.bot.channels, library, spool, leads=_always).run(),
            LogChannel(ledger, self.bot.channels, leads=_always).run(),
            GridSheets(ledger, self.bot.channels, library, spool, conversions, _always, limit=None, mark=True).run(),
            *(ServerLoop(server, bench).run() for server in self._servers),
            self._serve_paint_page(),
        ):
            self._loops.append(asyncio.create_task(endless))

    async def _serve_paint_page(self) -> None:
        settings = self.bot.settings
        assert settings.public_address is not None
        async with serve_paint_page(*settings.public_address, settings.public_url, self.bot.service(PaintPage)):
            await asyncio.Event().wait()

    async def end(self) -> None:
        """Raises what a loop died of before."""
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


class _Queues(LiveQueues):
    """Lists that are followed for minutes, started from `context`: simcord ends no action before everything that the
    bot started in it has come to rest, so a list started by `/queue` itself would hold up every action after it.
    """

    def __init__(self, bot: Darkroom, context: contextvars.Context) -> None:
        super().__init__(bot)
        self._context = context

    def follow(self, interaction: discord.Interaction[Darkroom], shown: str) -> None:
        self._context.copy().run(super().follow, interaction, shown)


async def _nothing() -> None:
    """No other process adds workflows."""


def _always() -> bool:
    """There is no other process."""
    return True
