"""Whether all is well: the gateway, the database, each ComfyUI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.errors import LedgerAway
from bot.ledger import Ledger

_SECONDS: Final = 3.0
"""A database that takes longer is not well."""


@dataclass(frozen=True, slots=True)
class Report:
    """What stands at `/healthz`. `gateway` is None where this process has none; `servers`: address -> answers."""

    gateway: bool | None
    database: bool
    servers: dict[str, bool]

    @property
    def healthy(self) -> bool:
        """Whether members can order. A server that is away keeps their orders waiting, and loses none."""
        return self.database and self.gateway is not False

    def as_json(self) -> dict[str, object]:
        """What a supervisor reads."""
        return {
            "status": "ok" if self.healthy else "fault",
            "gateway": self.gateway,
            "database": self.database,
            "servers": self.servers,
        }


class Health:
    """Looks after the parts of one process; `connected` says whether its gateway is (None: it has none)."""

    def __init__(self, ledger: Ledger, connected: Callable[[], bool] | None) -> None:
        self._ledger = ledger
        self._connected = connected

    async def report(self) -> Report:
        """How everything is at this moment."""
        gateway = None if self._connected is None else self._connected()
        try:
            async with asyncio.timeout(_SECONDS):
                known = await self._ledger.servers.known()
        except (LedgerAway, TimeoutError):
            return Report(gateway, database=False, servers={})
        return Report(gateway, database=True, servers={server.url: server.answering for server in known})
