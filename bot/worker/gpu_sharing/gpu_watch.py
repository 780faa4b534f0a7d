"""Watches whether one server's GPU should rest, and empties its memory when nobody uses it."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from bot.comfyui import Server
from bot.concurrency import first_set
from bot.errors import LedgerAway, Refused, Unreachable
from bot.ledger import BUDGET, Ledger, OverBudget, Rest
from bot.settings import GpuRules
from bot.worker.gpu_sharing.busy_command import BusyCommand
from bot.worker.gpu_sharing.idle_memory import IdleMemory, seconds_to_look
from bot.worker.gpu_sharing.rest import rest_at

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 5.0
_FRESH_SECONDS: Final = 1.0
"""A claim asks whether the GPU is free, and so does the next one: an answer younger than this serves both."""
_PAUSE_SECONDS: Final = 0.25
"""Minimum pause between two looks, however often the bell rings."""


class GpuWatch:
    """`changed` is called when a rest begins or ends, with whether somebody else needs the GPU; `is_idle` says whether
    the server answers and has no job of ours. `environment` is for the operator's command.
    """

    def __init__(
        self,
        server: Server,
        rules: GpuRules,
        ledger: Ledger,
        environment: Mapping[str, str],
        changed: Callable[[Rest | None, bool], None],
        is_idle: Callable[[], bool],
    ) -> None:
        self._server = server
        self._rules = rules
        self._ledger = ledger
        self._changed = changed
        self._is_idle = is_idle
        self._command = BusyCommand(rules.busy, environment)
        self._busy = False
        self._memory = IdleMemory()
        self._looked_at = 0.0
        self._rest: Rest | None = None
        self._reported: Rest | None = None
        self._over: OverBudget | None = None

    @property
    def over_budget(self) -> OverBudget | None:
        """What the month's budget does not pay for; None: the last claim found enough."""
        return None if self._over is None or time.time() >= self._over.until else self._over

    async def claimed(self, over: OverBudget | None) -> None:
        """A claim found that the budget is used up, or (None) that it is not. Raises `LedgerAway`."""
        if over is not None and self.over_budget is None:
            log.warning("%s takes no more jobs this month: SPEND_LIMIT is reached", self._server.url)
        self._over = over
        await self._report()

    async def rest(self, fresh_seconds: float = _FRESH_SECONDS) -> Rest | None:
        """Whether the server rests, asked afresh. Raises `LedgerAway`."""
        pauses = await self._ledger.pauses.of(self._server.name)
        busy = await self._command.is_busy(fresh_seconds)
        rest = rest_at(time.time(), self._rules.quiet, pauses, busy=busy)
        if (rest, busy) != (self._rest, self._busy):
            log.info("%s %s", self._server.url, "takes jobs again" if rest is None else f"rests ({rest.why})")
            self._rest, self._busy = rest, busy
            self._changed(rest, busy)
        await self._report()
        return rest

    async def _report(self) -> None:
        """Report why the server takes no new jobs. Over the budget, claims still find jobs that run there already."""
        rest = self._rest
        if rest is None and (over := self.over_budget) is not None:
            rest = Rest(BUDGET, over.until)
        if rest != self._reported:
            await self._ledger.servers.rests(self._server.name, rest)
            self._reported = rest
            self._ledger.signals.ring()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            bell = self._ledger.signals.bell()
            try:
                await self.rest(_LOOK_SECONDS)
                await self._tidy_memory()
            except LedgerAway as fault:
                log.warning("%s: not known whether it should rest: %s", self._server.url, fault)
            except Exception:
                log.exception("%s: could not look after its GPU", self._server.url)
            await asyncio.sleep(_PAUSE_SECONDS)
            await first_set(bell, seconds=self._seconds_to_look())

    def _seconds_to_look(self) -> float:
        if self._rest is None or self._rest.until is None:
            return _LOOK_SECONDS
        return min(_LOOK_SECONDS, max(0.0, self._rest.until - time.time()))

    def _free_after(self) -> float | None:
        """After how many idle seconds to free its memory; None: never. A game needs its memory, too."""
        if not self._server.abilities.frees_memory:
            return None
        return 0.0 if self._busy else self._rules.idle_free_seconds

    async def _tidy_memory(self) -> None:
        after, clock = self._free_after(), asyncio.get_running_loop().time
        if after is None:
            return
        if not self._is_idle():
            self._memory.used()
            return
        # Requests could keep the machine awake. Once its memory is empty, it is left alone so that it can fall asleep.
        left = self._rules.wake is not None and self._memory.is_free
        if left or clock() - self._looked_at < seconds_to_look(after):
            return
        self._looked_at = clock()
        try:
            if self._memory.is_due(clock(), await self._server.idle_mark(), after) and self._is_idle():
                await self._server.free_memory()
                self._memory.freed()
                log.info("%s: its models have left the memory, because nobody uses them", self._server.url)
        except (Refused, Unreachable) as fault:
            log.debug("%s: could not free its memory: %s", self._server.url, fault)
