"""The loop of one ComfyUI server: claims jobs when it should soon be free, and waits while it is unreachable."""

import asyncio
import contextlib
import logging
import math
from functools import partial
from typing import Final

from bot.comfyui import Server
from bot.concurrency import first_set, set_to
from bot.errors import LedgerAway, Unreachable
from bot.ledger import ASLEEP, Claimant, Job, Reach, Recall, Rest
from bot.worker.considerate.gpu_watch import GpuWatch
from bot.worker.considerate.sleeper import Sleeper
from bot.worker.jobs_from_before import stop_strays, until_jobs_located
from bot.worker.placement.alternatives import Alternatives
from bot.worker.placement.placement import Placement
from bot.worker.placement.slot import Slot
from bot.worker.run.claimed_job import JobRunner, Workbench
from bot.worker.server_offers import ASK_SECONDS, ServerOffers
from bot.worker.server_trouble import RETRY_SECONDS, described, seconds_to_retry, trouble_of
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
        self._runner = JobRunner(server, bench, self._streams, self._mark_away, self._alternatives.has)
        self._answering = self._refusing = False
        self._seen_breaks = 0
        """The number of broken sockets when the server's jobs were last checked."""
        self._loaded: str | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._placement = Placement(min(_LOOK_SECONDS, bench.ledger.lease_seconds / 3, ask_seconds))
        self._offers = ServerOffers(server, bench, ask_seconds)
        self._rest: Rest | None = None
        self._busy = False
        self._rules = rules = bench.settings.rules_of(server.url)
        self._watch = GpuWatch(
            server,
            rules,
            bench.ledger,
            bench.environment,
            self._rest_changed,
            self._is_idle,
        )
        self._sleeper = Sleeper(rules.wake, self._is_wanted, server.alive)

    async def run(self) -> None:
        """Claim and run jobs until cancelled. A job's failure ends its task, never the loop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch.run(), name=f"GPU of {self._server.name}")
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
        if self._refusing:
            self._refusing = False
            await self._mark_away()
        if self._answering and self._reach() is None:
            return False
        if not await self._may_ask():
            return False
        await self._after_breaks()
        await self._until_answering()
        if not self._answering:
            return False
        await self._leases.confirmed()
        await self._watch.rest()
        bell, now = self._ledger.signals.bell(), clock()
        # Meanwhile a job may have ended, or may soon end.
        reach = self._reach()
        if reach is None:
            return True
        found = await self._ledger.claim_for(await self._claimant(reach, now))
        if isinstance(found, Job):
            await self._take(found, tasks)
            return True
        self._placement.looked(now)
        if isinstance(found, Recall):
            self._placement.ask_back(found.job_id, now)
            await self._ask_back(found.job_id, bell)
            return True
        return False

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
            loaded=self._loaded,
            offers=partial(self._library.offers, name),
            reach=reach,
            elsewhere=self._alternatives.could_run,
            asked_back=self._placement.asked_back(now),
        )

    async def _take(self, job: Job, tasks: asyncio.TaskGroup) -> None:
        """Start a claimed job's task. Returns once the server has the prompt, so that prompts arrive in order."""
        self._loaded = job.models
        slot = Slot(
            job,
            partial(self._placement.is_behind, job.id),
            partial(self._leave_server, job.id),
            self._refused,
        )
        self._placement.put(slot)
        self._tell_rest(slot)
        clock = asyncio.get_running_loop().time
        began_at = clock()
        task = self._tasks[job.id] = tasks.create_task(self._work(slot), name=f"job {job.id}")
        task.add_done_callback(lambda _: slot.taken.set())
        with contextlib.suppress(LedgerAway):
            slot.usual = await self._ledger.usual_seconds(job)
        await slot.taken.wait()
        self._placement.took(clock() - began_at)

    async def _ask_back(self, job_id: str, bell: asyncio.Event) -> None:
        """Ask for a job that waits on another server, then wait until it is available, or will not be."""
        await self._ledger.ask_back(job_id)
        await first_set(bell, seconds=_ASK_BACK_SECONDS)

    async def _pause(self, bell: asyncio.Event) -> None:
        """Wait until something has changed, or the job that runs here should soon end."""
        clock, placement = asyncio.get_running_loop().time, self._placement
        until, reach = clock() + placement.look_seconds, self._reach()
        while not bell.is_set() and (now := clock()) < until and self._reach() is reach:
            await first_set(bell, seconds=min(until - now, placement.seconds_to_look(now)))
        self._streams.tidy()
        if self._offers.are_old and not (self._sleeper.sleeps and self._is_idle()):
            await self._ask_again()

    async def _ask_again(self) -> None:
        """Ask the server again, because it may have new models, or new nodes after a restart, without any job."""
        if not self._answering:
            return
        try:
            await self._offers.learn(answering=True)
        except Unreachable as fault:
            log.warning("%s can no longer be used: %s", self._server.url, fault.reason)
            await self._mark_away()

    async def _until_answering(self) -> None:
        failures, reported = 0, None
        while not self._answering:
            try:
                await self._server.alive()
                await self._offers.learn(answering=False)
                await until_jobs_located(self._server, self._placement, self._ledger)
                await stop_strays(self._server, self._runner.strays, self._ledger)
            except Unreachable as fault:
                waking = self._sleeper.is_waking and not fault.answered
                trouble = ASLEEP if waking else trouble_of(fault)
                if failures == 0 or trouble != reported:
                    reported = trouble
                    log.warning("%s cannot be used: %s", self._server.url, await described(self._server, fault))
                    await self._report_away(reported)
                if not await self._may_ask():
                    return
                await asyncio.sleep(seconds_to_retry(fault, failures))
                failures += 1
            else:
                self._answering = True
                self._sleeper.heard()
                # The server may have jobs from before.
                self._placement.looked(-math.inf)
                self._ledger.signals.ring()
                log.info("%s answers", self._server.url)

    async def _may_ask(self) -> bool:
        """Whether the server is to be asked anything now. Its machine may be left asleep, or is woken."""
        try:
            return bool(self._placement.slots) or await self._sleeper.may_be_asked(answering=self._answering)
        except (Unreachable, TimeoutError):
            await self._mark_away()
            return True

    def _is_idle(self) -> bool:
        return self._answering and not self._placement.slots

    async def _is_wanted(self) -> bool:
        """Whether somebody waits for this server while it does not rest."""
        name = self._server.name
        return await self._watch.rest() is None and await self._ledger.is_wanted(name, self._library.beyond(name))

    def _rest_changed(self, rest: Rest | None, busy: bool) -> None:  # noqa: FBT001 - a callback
        self._rest, self._busy = rest, busy
        for slot in self._placement.slots.values():
            self._tell_rest(slot)

    def _tell_rest(self, slot: Slot) -> None:
        set_to(slot.rests, now=self._rest is not None)
        set_to(slot.stops, now=self._busy and self._rules.gives_back)

    async def _after_breaks(self) -> None:
        """Check whether the server has restarted. A job's own poll may notice that only after the next job was sent."""
        if self._seen_breaks == (breaks := self._streams.breaks):
            return
        try:
            await until_jobs_located(self._server, self._placement, self._ledger)
        except Unreachable:
            await self._mark_away()
        else:
            self._seen_breaks = breaks

    async def _mark_away(self) -> None:
        """The server may have restarted: check that it answers, and ask again what it offers."""
        self._server.forget()
        self._loaded = None
        if self._answering:
            self._answering = False
            await self._report_away(ASLEEP if self._sleeper.is_waking else None)

    def _refused(self) -> None:
        """The server locks the bot out while it has jobs: report that at once, and retry until it does not."""
        if self._answering and not self._refusing:
            self._refusing = True
            self._ledger.signals.ring()

    async def _report_away(self, trouble: str | None = None) -> None:
        with contextlib.suppress(LedgerAway):
            await self._ledger.servers.say(self._server.name, answering=False, trouble=trouble)
        self._ledger.signals.ring()

    async def _work(self, slot: Slot) -> None:
        try:
            await self._runner.work(slot)
        finally:
            self._tasks.pop(slot.job.id, None)

    def _leave_server(self, job_id: str) -> None:
        """The server has nothing more to do for the job, so the job's slot is free for the next one."""
        if self._placement.leave(job_id):
            self._sleeper.heard()
            self._ledger.signals.ring()
