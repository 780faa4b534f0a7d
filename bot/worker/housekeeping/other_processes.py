"""Keeps this process's library up to date with other processes: their servers, and the guilds' workflows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from bot.comfyui import ObjectInfos
from bot.ledger import SERVERS, WORKFLOWS, Ledger, poll
from bot.workflows import Library, ObjectInfo, Unlisted

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 30.0
"""Notifications may be missed."""


class OtherProcesses:
    """For a shared ledger. `own` are the servers that this process asks itself; `reload` reads the guilds' workflows
    again.
    """

    def __init__(
        self,
        ledger: Ledger,
        library: Library,
        infos: ObjectInfos,
        own: frozenset[str],
        reload: Callable[[], Awaitable[None]],
    ) -> None:
        self._ledger = ledger
        self._library = library
        self._infos = infos
        self._own = own
        self._reload = reload
        self._known: dict[str, tuple[str, ObjectInfo | Unlisted]] = {}
        """What each server offers, with its fingerprint."""

    async def run(self) -> None:
        """Follow the other processes until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for topic, look in ((SERVERS, self._learn), (WORKFLOWS, self._reload)):
                trouble, bell = (
                    f"could not read the {topic} of other processes",
                    partial(self._ledger.signals.bell, topic),
                )
                tasks.create_task(poll(look, _LOOK_SECONDS, trouble, bell=bell))

    async def _learn(self) -> None:
        for server in await self._ledger.servers.known():
            fingerprint, _ = self._known.get(server.url, (None, None))
            if server.url in self._own or server.fingerprint in {None, fingerprint}:
                continue
            info = await self._info(str(server.fingerprint))
            if info is None:
                continue
            judged = await asyncio.to_thread(self._library.judge, info) if isinstance(info, ObjectInfo) else None
            self._library.learn(server.url, info, judged)
            self._known[server.url] = str(server.fingerprint), info
            log.info("another process runs jobs on %s", server.url)

    async def _info(self, fingerprint: str) -> ObjectInfo | Unlisted | None:
        """What servers with this fingerprint offer, read once for all of them; None if it is no longer stored."""
        for known, info in self._known.values():
            if known == fingerprint:
                return info
        body = await self._ledger.servers.object_info(fingerprint)
        if body is None:
            return None
        return Unlisted.read(body) or await self._infos.read(body)
