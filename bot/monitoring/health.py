"""The health of the gateway, the database and each ComfyUI server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.errors import LedgerAway
from bot.ledger import Ledger

_SECONDS: Final = 3.0
"""A database that takes longer counts as unhealthy."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `/healthz` shows. `gateway` is None if this process has none; `servers`: address -> whether it answers."""

    gateway: bool | None
    database: bool
    servers: dict[str, bool]

    @property
    def healthy(self) -> bool:
        """Whether members can send requests. If a ComfyUI server fails, jobs only wait: none is lost."""
        return self.database and self.gateway is not False

    def as_json(self) -> dict[str, object]:
        """The report as a supervisor reads it."""
        return {
            "status": "ok" if self.healthy else "fault",
            "gateway": self.gateway,
            "database": self.database,
            "servers": self.servers,
        }


class Health:
    """Checks the parts of one process. `connected` says whether its gateway is connected (None: it has no gateway)."""

    def __init__(self, ledger: Ledger, connected: Callable[[], bool] | None) -> None:
        self._ledger = ledger
        self._connected = connected

    async def report(self) -> Report:
        """The current state."""
        gateway = None if self._connected is None else self._connected()
        try:
            async with asyncio.timeout(_SECONDS):
                known = await self._ledger.servers.known()
        except (LedgerAway, TimeoutError):
            return Report(gateway, database=False, servers={})
        return Report(gateway, database=True, servers={server.url: server.answering for server in known})
