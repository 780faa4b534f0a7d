"""The loop of one ComfyUI server: claim while there is room, one task a job, wait while the server is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from functools import partial
from typing import Final

from bot.comfyui import ComfyUI, Place
from bot.errors import LedgerAway, Unreachable
from bot.ledger import Job
from bot.worker.run_job import Slot
from bot.worker.streams import Streams
from bot.worker.working import Workbench, Working

log = logging.getLogger(__name__)

DEPTH: Final = 2
"""Prompts in one ComfyUI: one running and one ready, so that order and cancelling stay ours."""
_YIELD_SECONDS: Final = 0.5
"""Longer than an idle server takes to claim, shorter than most pictures take."""
_RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 5.0)
_LOOK_SECONDS: Final = 15.0
"""The bell may not ring for everything: look into the ledger this often all the same."""
_DELIVER_SECONDS: Final = 8.0
"""At the end of the program what is being delivered has this long: less than Docker waits before it kills."""
_ASK_SECONDS: Final = 60.0
_NOTHING_MISSING: Final = 5
"""So many times longer, where the server can run every workflow."""
_SPREAD: Final = 0.2
"""By up to this share sooner or later: servers that came at the same moment are not asked again at the same one."""


class ServerLoop:
    """Works jobs off on one server until cancelled."""

    def __init__(self, server: ComfyUI, bench: Workbench, ask_seconds: float = _ASK_SECONDS) -> None:
        self._server = server
        self._ledger = bench.ledger
        self._library = bench.library
        self._leases = bench.leases
        self._faltering = bench.faltering
        self._judging = bench.judging
        self._streams = Streams(server)
        self._working = Working(server, bench, self._streams, self._away)
        self._answering = False
        self._breaks = 0
        """Of its sockets, after which it was known what became of its jobs."""
        self._loaded: str | None = None
        self._on_server: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._look_seconds = min(_LOOK_SECONDS, bench.ledger.lease_seconds / 3, ask_seconds)
        self._ask_seconds = ask_seconds
        """How long what the server said about its nodes and models is believed, while a workflow misses some."""
        self._asked_at = 0.0
        self._spread = 1.0
        self._untold = False
        """Whether the ledger still has to hear what is new about it."""

    async def run(self) -> None:
        """Claim and work until cancelled. A job's failure ends its task, never the loop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._claim_for_ever(tasks)
                finally:
                    # What is on its way to its member gets there; the rest goes on without us.
                    if delivering := [task for job_id, task in self._tasks.items() if job_id not in self._on_server]:
                        await asyncio.wait(delivering, timeout=_DELIVER_SECONDS)
        finally:
            await self._streams.close()

    async def _claim_for_ever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            bell = self._ledger.signals.bell()
            try:
                if not await self._claim(tasks):
                    await self._pause(bell)
            except LedgerAway as fault:
                log.warning("%s: no job can be claimed: %s", self._server.url, fault)
                await asyncio.sleep(_RETRY_SECONDS[1])
            except Exception:
                log.exception("%s: no job can be claimed", self._server.url)
                await asyncio.sleep(_RETRY_SECONDS[-1])

    async def _claim(self, tasks: asyncio.TaskGroup) -> bool:
        """Claim one job if there is room and one waits, and give it a task."""
        if not self._has_room():
            return False
        await self._let_idle_servers_go_first()
        await self._after_breaks()
        await self._until_answering()
        await self._leases.confirmed()
        name = self._server.name
        beyond = self._library.beyond(name) | await self._left_out()
        job = await self._ledger.claim(name, beyond, self._loaded, partial(self._library.offers, name))
        if job is None:
            return False
        self._loaded = job.models
        self._on_server[job.id] = job
        taken = asyncio.Event()
        task = self._tasks[job.id] = tasks.create_task(self._work(job, taken), name=f"job {job.id}")
        task.add_done_callback(lambda _: taken.set())
        # Whoever is claimed first is first on the server as well.
        await taken.wait()
        return True

    async def _let_idle_servers_go_first(self) -> None:
        """What would only be made ready here may be begun at once on another server."""
        clock = asyncio.get_running_loop().time
        until = clock() + _YIELD_SECONDS
        while self._on_server and len(self._library.infos) > 1 and clock() < until:
            bell = self._ledger.signals.bell()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await bell.wait()

    def _has_room(self) -> bool:
        # What a server died over may kill it again: nobody's job waits behind it there, to be lost as well.
        alone = any(job.losses for job in self._on_server.values())
        return len(self._on_server) < (1 if alone else DEPTH)

    async def _left_out(self) -> frozenset[str]:
        """The workflows that this server fails again and again, while another one could run them."""
        name = self._server.name
        resting = self._faltering.resting(name)
        if not resting:
            return resting
        known = await self._ledger.servers.known()
        others = [server.url for server in known if server.answering and server.url != name]
        return frozenset(key for key in resting if any(self._could_run(other, key) for other in others))

    def _could_run(self, url: str, key: str) -> bool:
        lacks = self._library.lacking(key).get(url)
        return lacks is not None and not lacks and key not in self._faltering.resting(url)

    async def _pause(self, bell: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._look_seconds):
                await bell.wait()
        await self._streams.tidy()
        believed = (
            self._ask_seconds * self._spread * (1 if self._library.beyond(self._server.name) else _NOTHING_MISSING)
        )
        if asyncio.get_running_loop().time() - self._asked_at >= believed:
            await self._ask_again()

    async def _ask_again(self) -> None:
        """A model may have arrived, or the server restarted with more nodes, while nobody ordered anything."""
        if not self._answering:
            return
        try:
            await self._learn()
        except Unreachable as fault:
            log.warning("%s went away: %s", self._server.url, fault.reason)
            await self._away()

    async def _learn(self) -> None:
        self._asked_at = asyncio.get_running_loop().time()
        self._spread = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret
        info, name = await self._server.ask_object_info(), self._server.name
        if info is not self._library.infos.get(name):
            async with self._judging:
                judged = await asyncio.to_thread(self._library.judge, info)
            self._untold |= self._library.learn(name, info, judged)
        if self._untold or not self._answering:
            # Gateways in other processes cannot ask it themselves.
            told = info.body if self._ledger.shared else None
            await self._ledger.servers.say(name, answering=True, object_info=told)
            self._untold = False

    async def _until_answering(self) -> None:
        failures = 0
        while not self._answering:
            try:
                await self._server.alive()
                await self._learn()
                await self._until_missed()
            except Unreachable as fault:
                if failures == 0:
                    log.warning("%s does not answer: %s", self._server.url, fault.reason)
                    await self._say_away()
                await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1
            else:
                self._answering = True
                self._ledger.signals.ring()
                log.info("%s answers", self._server.url)

    async def _after_breaks(self) -> None:
        """See whether the server has restarted: whoever polls for a job may notice that later than the next is sent."""
        if self._breaks == (breaks := self._streams.breaks):
            return
        try:
            await self._until_missed()
        except Unreachable:
            await self._away()
        else:
            self._breaks = breaks

    async def _until_missed(self) -> None:
        """Return once every job that was on the server is there still, or known to be lost and back in line: until then
        those behind it would overtake it.
        """
        for job_id in tuple(self._on_server):
            while job_id in self._on_server and await self._server.locate(job_id) is Place.UNKNOWN:
                bell = self._ledger.signals.bell()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_RETRY_SECONDS[0]):
                        await bell.wait()

    async def _away(self) -> None:
        """The server may have restarted: see that it answers, and ask anew what it has."""
        self._server.forget()
        self._loaded = None
        if self._answering:
            self._answering = False
            await self._say_away()

    async def _say_away(self) -> None:
        with contextlib.suppress(LedgerAway):
            await self._ledger.servers.say(self._server.name, answering=False)
        self._ledger.signals.ring()

    async def _work(self, job: Job, taken: asyncio.Event) -> None:
        try:
            await self._working.work(job, Slot(taken.set, partial(self._leave_server, job)))
        finally:
            self._tasks.pop(job.id, None)

    def _leave_server(self, job: Job) -> None:
        """The server has nothing more to do for the job: its place there is free for the next."""
        if job.id in self._on_server:
            del self._on_server[job.id]
            self._ledger.signals.ring()
