"""What one server has, asked from time to time: its nodes and models decide which workflows it can run."""

import asyncio
import random
from typing import Final

from bot.comfyui import Server
from bot.worker.run.claimed_job import Workbench
from bot.workflows import Unlisted

ASK_SECONDS: Final = 60.0
_COMPLETE_FACTOR: Final = 5
"""Factor for the pause between two questions, if the server can run every workflow."""
_SPREAD: Final = 0.2
"""Share by which that pause varies at random, so that servers are not all asked at the same moment."""


class ServerOffers:
    """`ask_seconds` is how often a server is asked while a workflow cannot run there."""

    def __init__(self, server: Server, bench: Workbench, ask_seconds: float) -> None:
        self._server = server
        self._ledger = bench.ledger
        self._library = bench.library
        self._judging = bench.judging
        self._ask_seconds = ask_seconds
        self._asked_at = 0.0
        self._spread = 1.0
        self._unreported = False
        """Whether the ledger does not have the newest facts about the server yet."""

    @property
    def are_old(self) -> bool:
        """Whether to ask again."""
        believed = (
            self._ask_seconds * self._spread * (1 if self._library.beyond(self._server.name) else _COMPLETE_FACTOR)
        )
        return asyncio.get_running_loop().time() - self._asked_at >= believed

    async def learn(self, *, answering: bool) -> None:
        """Ask now, and report what is new. `answering`: the ledger knows that the server answers. Raises `Unreachable`
        or `LedgerAway`.
        """
        self._asked_at = asyncio.get_running_loop().time()
        self._spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret
        info, name = await self._server.ask_object_info(), self._server.name
        unlisted = Unlisted(self._server.abilities.outputs)
        if info is None:
            self._unreported |= self._library.learn(name, unlisted)
        elif info is not self._library.infos.get(name):
            async with self._judging:
                judged = await asyncio.to_thread(self._library.judge, info)
            self._unreported |= self._library.learn(name, info, judged)
        if self._unreported or not answering:
            # Gateways in other processes cannot ask the server themselves.
            body = unlisted.as_body() if info is None else info.body
            await self._ledger.servers.say(name, answering=True, object_info=body if self._ledger.shared else None)
            self._unreported = False
