"""Looks at what others have queued in one ComfyUI itself, and tells the ledger and our jobs there about it."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from bot.comfyui import PromptQueue, Server
from bot.concurrency import first_set
from bot.errors import LedgerAway, Refused, Unreachable
from bot.ledger import Ledger
from bot.worker.placement.foreign_queue import ForeignQueue
from bot.worker.placement.slot import Slot

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 1.0
"""How often to look while it matters, and how old an answer may be: one look serves all jobs."""
_IDLE_LOOK_SECONDS: Final = 5.0
"""How often to look while nothing of ours waits there."""
_CLAIM_SECONDS: Final = 1.0
"""How long a claim waits for a look. A server that loads a model may not answer for a minute."""
_DRIFT_SECONDS: Final = 5.0
_DRIFT: Final = 0.25
"""A changed estimate is reported once it is off by this many seconds and by this share."""


class ForeignWork:
    """`slots` are our jobs there by id. `may_look` says whether the server answers and may be asked."""

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        queue: ForeignQueue,
        slots: Mapping[str, Slot],
        may_look: Callable[[], bool],
    ) -> None:
        self._server = server
        self._ledger = ledger
        self._queue = queue
        self._slots = slots
        self._may_look = may_look
        self._ours: dict[str, bool] = {}
        """Whether a prompt that the server has is ours."""
        self._reported: tuple[int, float | None] = 0, None
        """What the ledger knows: how many there are, and when they should be done, by the event loop's clock."""
        self._look_under_way: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Look from time to time, until cancelled."""
        try:
            while True:
                bell = self._ledger.signals.bell()
                if self._may_look():
                    await asyncio.wait({self._begin_look()})
                await asyncio.sleep(_LOOK_SECONDS)
                if not self._queue.count and all(slot.begun.is_set() for slot in self._slots.values()):
                    await first_set(bell, seconds=_IDLE_LOOK_SECONDS - _LOOK_SECONDS)
        finally:
            if self._look_under_way is not None:
                self._look_under_way.cancel()

    async def before_claim(self) -> None:
        """Look, unless somebody has a moment ago. Returns soon, also if the server does not answer."""
        await asyncio.wait({self._begin_look()}, timeout=_CLAIM_SECONDS)

    def _begin_look(self) -> asyncio.Task[None]:
        """The look that is under way, or a new one."""
        if self._look_under_way is None or self._look_under_way.done():
            self._look_under_way = asyncio.create_task(self._try(), name=f"queue of {self._server.name}")
        return self._look_under_way

    async def place(self, slot: Slot) -> None:
        """Tell the ledger how many prompts of others come before a job of ours. Raises `LedgerAway`."""
        if (ahead := slot.foreign_ahead) != slot.foreign_reported:
            await self._ledger.waits_behind(slot.job, ahead)
            slot.foreign_reported = ahead

    async def _try(self) -> None:
        try:
            await self._look()
        except (Refused, Unreachable) as fault:
            # Whether the server is away is decided elsewhere.
            log.debug("%s: could not look at its queue: %s", self._server.url, fault)
        except LedgerAway as fault:
            log.warning("%s: could not report its queue: %s", self._server.url, fault)
        except Exception:
            log.exception("%s: could not look at its queue", self._server.url)

    async def _look(self) -> None:
        found = await self._server.queue(_LOOK_SECONDS)
        if found is None:
            return
        clock = asyncio.get_running_loop().time
        self._queue.saw(found, await self._ours_in(found), clock())
        await self._report(clock())
        await self._tell_jobs()

    async def _ours_in(self, found: PromptQueue) -> set[str]:
        """Those of its prompts that are ours, also from before a restart: the ledger knows them."""
        there = dict.fromkeys((*found.running, *found.pending))
        own = {slot.job.prompt_id for slot in self._slots.values()}
        known = {one: True if one in own else self._ours.get(one) for one in there}
        if unknown := [one for one, ours in known.items() if ours is None]:
            ours = await self._ledger.own_prompts(unknown)
            known |= {one: one in ours for one in unknown}
        self._ours = {one: bool(ours) for one, ours in known.items()}
        return {one for one, ours in self._ours.items() if ours}

    async def _tell_jobs(self) -> None:
        for slot in tuple(self._slots.values()):
            ahead = 0 if slot.begun.is_set() else self._queue.ahead_of(slot.job.prompt_id)
            moved, slot.foreign_ahead = ahead != slot.foreign_ahead, ahead
            await self.place(slot)
            if moved:
                slot.moved()

    async def _report(self, now: float) -> None:
        count, seconds = self._queue.count, self._queue.seconds_left(now)
        until = None if seconds is None or not count else now + seconds
        known_count, known_until = self._reported
        if count == known_count and not _drifted(known_until, until, now):
            return
        if not count or not known_count:
            log.debug("%s has %d prompts that others started in ComfyUI itself", self._server.url, count)
        await self._ledger.servers.has_foreign(self._server.name, count, seconds)
        self._reported = count, until
        self._ledger.signals.ring()


def _drifted(known: float | None, until: float | None, now: float) -> bool:
    if known is None or until is None:
        return known is not until
    return abs(until - known) > max(_DRIFT_SECONDS, _DRIFT * max(0.0, until - now))
