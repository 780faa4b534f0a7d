"""The loop of one ComfyUI server: claims jobs when it should soon be free, and waits while it is unreachable."""

import asyncio
import contextlib
import logging
from functools import partial
from typing import Final

from bot.comfyui import Server
from bot.concurrency import first_set, set_to
from bot.errors import LedgerAway
from bot.ledger import Claimant, Job, OverBudget, Purse, Reach, Recall, Rest, Sleepy
from bot.worker.foreign_work import ForeignWork
from bot.worker.gpu_sharing.gpu_watch import GpuWatch
from bot.worker.gpu_sharing.sleeper import Sleeper
from bot.worker.placement.alternatives import Alternatives
from bot.worker.placement.meter import Meter
from bot.worker.placement.placement import Placement
from bot.worker.placement.slot import Slot
from bot.worker.run.claimed_job import JobRunner, Workbench
from bot.worker.server_offers import ASK_SECONDS, ServerOffers
from bot.worker.server_presence import ServerPresence
from bot.worker.server_trouble import RETRY_SECONDS
from bot.worker.sockets.streams import Streams

log = logging.getLogger(__name__)

_ASK_BACK_SECONDS: Final = 1.0
"""The worker of an unreachable server may not answer."""
_LOOK_SECONDS: Final = 15.0
"""The bell may miss changes, so the loop looks into the ledger at least this often."""
_DELIVER_SECONDS: Final = 8.0
"""How long deliveries may take at shutdown, which is less than Docker waits before it kills the process."""


class ServerLoop:
    """Runs jobs on one server until cancelled."""

    def __init__(self, server: Server, bench: Workbench, ask_seconds: float = ASK_SECONDS) -> None:
        self._server = server
        self._ledger = bench.ledger
        self._library = bench.library
        self._leases = bench.leases
        self._alternatives = Alternatives(server.name, bench.ledger, bench.library, bench.failure_streaks)
        self._streams = Streams(server, bench.sockets)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._placement = Placement(min(_LOOK_SECONDS, bench.ledger.lease_seconds / 3, ask_seconds))
        offers = ServerOffers(server, bench, ask_seconds)
        self._rest: Rest | None = None
        self._busy = False
        self._rules = rules = bench.settings.rules_of(server.url)
        self._spending = bench.settings.spending
        self._price = self._spending.price_of(server.url)
        self._watch = GpuWatch(
            server,
            rules,
            bench.ledger,
            bench.environment,
            self._rest_changed,
            lambda: self._presence.idle,
        )
        self._foreign = ForeignWork(
            server, bench.ledger, self._placement.foreign, self._placement.slots, self._may_look
        )
        self._sleeper = Sleeper(rules.wake, self._is_wanted, server.alive)
        strays: set[str] = set()
        self._presence = ServerPresence(
            server, bench.ledger, self._placement, offers, self._sleeper, self._streams, strays
        )
        self._runner = JobRunner(server, bench, self._streams, self._presence.mark_away, self._alternatives.has, strays)

    async def run(self) -> None:
        """Claim and run jobs until cancelled. A job's failure ends its task, never the loop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch.run(), name=f"GPU of {self._server.name}")
                tasks.create_task(self._foreign.run(), name=f"foreign work of {self._server.name}")
                offers = self._presence.keep_offers_new(self._placement.look_seconds)
                tasks.create_task(offers, name=f"offers of {self._server.name}")
                try:
                    await self._claim_for_ever(tasks)
                finally:
                    # Results that are being sent reach their members. Other jobs continue without this process.
                    if delivering := [
                        task for job_id, task in self._tasks.items() if job_id not in self._placement.slots
                    ]:
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
                log.warning("%s: cannot take jobs, because the database cannot be used: %s", self._server.url, fault)
                await asyncio.sleep(RETRY_SECONDS[1])
            except Exception:
                log.exception("%s: could not take a job", self._server.url)
                await asyncio.sleep(RETRY_SECONDS[-1])

    async def _claim(self, tasks: asyncio.TaskGroup) -> bool:
        """Claim a job, if it is time and one waits, and start its task. Returns whether to look again at once."""
        clock = asyncio.get_running_loop().time
        await self._presence.after_refusal()
        if self._presence.answering and self._reach() is None:
            return await self._make_way()
        if not await self._presence.may_be_asked():
            return False
        await self._presence.after_breaks()
        await self._presence.until_answering()
        if not self._presence.answering:
            return False
        await self._leases.confirmed()
        await self._watch.rest()
        await self._foreign.before_claim()
        bell, now = self._ledger.signals.bell(), clock()
        # Meanwhile a job may have ended, or may soon end.
        reach = self._reach()
        if reach is None:
            return True
        found = await self._ledger.claim_for(await self._claimant(reach, now))
        if isinstance(found, Job):
            await self._take(found, tasks)
        if reach is not Reach.OWN:
            await self._watch.claimed(found if isinstance(found, OverBudget) else None)
        if isinstance(found, Job):
            return True
        self._placement.looked(now)
        if isinstance(found, Recall):
            self._placement.ask_back(found.job_id, now)
            await self._ask_back(found.job_id, bell)
            return True
        return False

    async def _make_way(self) -> bool:
        """Give back the job that is ready here if a waiting one has an earlier place. Returns whether it was tried."""
        bell, now = self._ledger.signals.bell(), asyncio.get_running_loop().time()
        slot = self._placement.ready(now)
        if slot is None or self._rest is not None:
            return False
        if not await self._ledger.makes_way(await self._claimant(Reach.READY, now), slot.job):
            return False
        log.info("job %s: makes way for one with an earlier place", slot.job.id)
        slot.makes_way = True
        self._placement.ask_back(slot.job.id, now)
        await self._ask_back(slot.job.id, bell)
        return True

    def _reach(self) -> Reach | None:
        now = asyncio.get_running_loop().time()
        only = self._library.runs_only_on(self._server.name)
        return self._placement.reach(now, only=only, rests=self._rest is not None)

    async def _claimant(self, reach: Reach, now: float) -> Claimant:
        name = self._server.name
        return Claimant(
            self._ledger.worker,
            name,
            self._ledger.lease_seconds,
            beyond=self._library.beyond(name) | await self._alternatives.avoided(),
            loaded=self._presence.loaded,
            offers=partial(self._library.offers, name),
            reach=reach,
            elsewhere=self._alternatives.could_run,
            asked_back=self._placement.asked_back(now),
            purse=self._purse(),
        )

    def _purse(self) -> Purse:
        costs = self._price is not None or bool(self._spending.partner_key)
        over = self._watch.over_budget
        return Purse(self._price, self._spending.limit if costs else None, None if over is None else over.cost)

    async def _take(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        """Start a claimed job's task. Returns once the server has the prompt, so that prompts arrive in order."""
        self._presence.loaded = job.models
        slot = Slot(
            job,
            partial(self._placement.is_behind, job.id),
            partial(self._leave_server, job.id),
            self._presence.refused,
            meter=Meter(self._price, job.partner_price),
        )
        self._placement.put(slot)
        self._tell_rest(slot)
        clock = asyncio.get_running_loop().time
        began_at = clock()
        task = self._tasks[job.id] = tasks.create_task(self._work(slot), name=f"job {job.id}")
        task.add_done_callback(lambda _: slot.taken.set())
        with contextlib.suppress(LedgerAway):
            await self._foreign.place(slot)
            slot.usual = await self._ledger.usual_seconds(job)
        await slot.taken.wait()
        self._placement.took(clock() - began_at)

    async def _ask_back(self, job_id: str, bell: asyncio.Event) -> None:
        """Ask for a job that waits behind another one, then wait until it is available, or will not be."""
        await self._ledger.ask_back(job_id)
        await first_set(bell, seconds=_ASK_BACK_SECONDS)

    async def _pause(self, bell: asyncio.Event) -> None:
        """Wait until something has changed, or the job that runs here should soon end."""
        clock, placement = asyncio.get_running_loop().time, self._placement
        until, reach = clock() + placement.look_seconds, self._reach()
        while not bell.is_set() and (now := clock()) < until and self._reach() is reach:
            await first_set(bell, seconds=min(until - now, placement.seconds_to_look(now)))
        self._streams.tidy()

    def _may_look(self) -> bool:
        """Whether its queue may be looked at. Questions could keep a machine awake that is left to sleep."""
        return self._presence.answering and (self._rules.wake is None or bool(self._placement.slots))

    async def _is_wanted(self, awake_seconds: float) -> bool:
        """Whether to use this server for somebody who waits, while it does not rest."""
        if await self._watch.rest() is not None or await self._is_over_budget():
            return False
        claimant = await self._claimant(Reach.READY, asyncio.get_running_loop().time())
        return await self._ledger.is_wanted(claimant, Sleepy(awake_seconds, self._library.knows))

    async def _is_over_budget(self) -> bool:
        """Whether the rest of the month's budget is too little, asked without a claim: after a restart there was none
        yet.
        """
        purse = self._purse()
        if purse.limit is None:
            return False
        over = (await self._ledger.spending.left(purse.limit)).still_over(purse)
        await self._watch.claimed(over)
        return over is not None

    def _rest_changed(self, rest: Rest | None, busy: bool) -> None:  # noqa: FBT001 - a callback
        self._rest, self._busy = rest, busy
        for slot in self._placement.slots.values():
            self._tell_rest(slot)

    def _tell_rest(self, slot: Slot) -> None:
        set_to(slot.rests, now=self._rest is not None)
        set_to(slot.stops, now=self._busy and self._rules.gives_back)

    async def _work(self, slot: Slot) -> None:
        try:
            await self._runner.work(slot)
            if slot.stranded:
                await self._presence.strands(slot.job.id)
        finally:
            self._tasks.pop(slot.job.id, None)

    def _leave_server(self, job_id: str) -> None:
        """The server has nothing more to do for the job, so the job's slot is free for the next one."""
        if self._placement.leave(job_id):
            self._sleeper.heard()
            self._ledger.signals.ring()
