"""The health of the gateway, the database and each ComfyUI server."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from bot.errors import LedgerAway
from bot.instances import Sighting
from bot.ledger import Ledger

_SECONDS: Final = 3.0
"""A database that takes longer counts as unhealthy."""


@dataclass(frozen=True, slots=True)
class Report:
    """What `/healthz` shows. `gateway` is None if this process has none; `servers`: address -> whether it answers.
    `other_program`: another program that uses the same token, if one was noticed.
    """

    gateway: bool | None
    database: bool
    servers: dict[str, bool]
    other_program: Sighting | None = None

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
            "other_program": None
            if self.other_program is None
            else {"since": _written(self.other_program.since), "last": _written(self.other_program.last)},
        }


class Health:
    """Checks the parts of one process. `connected` says whether its gateway is connected (None: it has no gateway);
    `other_program` returns another program with the same token, if its gateway has noticed one.
    """

    def __init__(
        self,
        ledger: Ledger,
        connected: Callable[[], bool] | None,
        other_program: Callable[[], Sighting | None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._connected = connected
        self._other_program = other_program

    async def report(self) -> Report:
        """The current state."""
        gateway = None if self._connected is None else self._connected()
        try:
            async with asyncio.timeout(_SECONDS):
                known = await self._ledger.servers.known()
        except (LedgerAway, TimeoutError):
            return Report(gateway, database=False, servers={}, other_program=self._other_program())
        servers = {server.url: server.answering for server in known}
        return Report(gateway, database=True, servers=servers, other_program=self._other_program())


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
