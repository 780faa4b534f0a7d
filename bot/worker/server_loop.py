"""The loop of one ComfyUI server: claims jobs when it should soon be free, and waits while it is unreachable."""

import asyncio
import contextlib
import logging
import math
import random
from functools import partial
from typing import Final

from bot.comfyui import Place, Server
from bot.concurrency import first_set
from bot.errors import LedgerAway, Refused, Unreachable, Untraceable
from bot.ledger import Claimant, Job, JobState, Reach, Recall
from bot.worker.placement.alternatives import Alternatives
from bot.worker.placement.placement import Placement
from bot.worker.placement.slot import Slot
from bot.worker.run.claimed_job import JobRunner, Workbench
from bot.worker.server_trouble import RETRY_SECONDS, described, seconds_to_retry, trouble_of
from bot.worker.sockets.streams import Streams
from bot.workflows import Unlisted

log = logging.getLogger(__name__)

_ASK_BACK_SECONDS: Final = 1.0
"""The worker of an unreachable server may not answer."""
_LOOK_SECONDS: Final = 15.0
"""The bell may miss changes, so the loop looks into the ledger at least this often."""
_DELIVER_SECONDS: Final = 8.0
"""How long deliveries may take at shutdown, which is less than Docker waits before it kills the process."""
_ASK_SECONDS: Final = 60.0
_COMPLETE_FACTOR: Final = 5
"""Factor for the pause between two questions, if the server can run every workflow."""
_SPREAD: Final = 0.2
"""Share by which that pause varies at random, so that servers are not all asked at the same moment."""


class ServerLoop:
    """Runs jobs on one server until cancelled."""

    def __init__(self, server: Server, bench: Workbench, ask_seconds: float = _ASK_SECONDS) -> None:
        self._server = server
        self._ledger = bench.ledger
        self._library = bench.library
        self._leases = bench.leases
        self._alternatives = Alternatives(server.name, bench.ledger, bench.library, bench.failure_streaks)
        self._judging = bench.judging
        self._streams = Streams(server, bench.sockets)
        self._runner = JobRunner(server, bench, self._streams, self._mark_away, self._alternatives.has)
        self._answering = self._refusing = False
        self._seen_breaks = 0
        """The number of broken sockets when the server's jobs were last checked."""
        self._loaded: str | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._placement = Placement(min(_LOOK_SECONDS, bench.ledger.lease_seconds / 3, ask_seconds))
        self._ask_seconds = ask_seconds
        """How often a server is asked for its nodes and models while a workflow cannot run there."""
        self._asked_at = 0.0
        self._spread = 1.0
        self._unreported = False
        """Whether the ledger does not have the newest facts about the server yet."""

    async def run(self) -> None:
        """Claim and run jobs until cancelled. A job's failure ends its task, never the loop."""
        try:
            async with asyncio.TaskGroup() as tasks:
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
        await self._after_breaks()
        await self._until_answering()
        await self._leases.confirmed()
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
        return self._placement.reach(now, only=self._library.runs_only_on(self._server.name))

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
        believed = (
            self._ask_seconds * self._spread * (1 if self._library.beyond(self._server.name) else _COMPLETE_FACTOR)
        )
        if clock() - self._asked_at >= believed:
            await self._ask_again()

    async def _ask_again(self) -> None:
        """Ask the server again, because it may have new models, or new nodes after a restart, without any job."""
        if not self._answering:
            return
        try:
            await self._learn()
        except Unreachable as fault:
            log.warning("%s can no longer be used: %s", self._server.url, fault.reason)
            await self._mark_away()

    async def _learn(self) -> None:
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
        if self._unreported or not self._answering:
            # Gateways in other processes cannot ask the server themselves.
            body = unlisted.as_body() if info is None else info.body
            await self._ledger.servers.say(name, answering=True, object_info=body if self._ledger.shared else None)
            self._unreported = False

    async def _until_answering(self) -> None:
        failures, reported = 0, None
        while not self._answering:
            try:
                await self._server.alive()
                await self._learn()
                await self._until_jobs_located()
                await self._stop_strays()
            except Unreachable as fault:
                if failures == 0 or trouble_of(fault) != reported:
                    reported = trouble_of(fault)
                    log.warning("%s cannot be used: %s", self._server.url, await described(self._server, fault))
                    await self._report_away(reported)
                await asyncio.sleep(seconds_to_retry(fault, failures))
                failures += 1
            else:
                self._answering = True
                # The server may have jobs from before.
                self._placement.looked(-math.inf)
                self._ledger.signals.ring()
                log.info("%s answers", self._server.url)

    async def _after_breaks(self) -> None:
        """Check whether the server has restarted. A job's own poll may notice that only after the next job was sent."""
        if self._seen_breaks == (breaks := self._streams.breaks):
            return
        try:
            await self._until_jobs_located()
        except Unreachable:
            await self._mark_away()
        else:
            self._seen_breaks = breaks

    async def _until_jobs_located(self) -> None:
        """Return once every job on the server was found there, or is known to be lost and back in the queue. Before
        that, later jobs could overtake it.
        """
        for job_id in tuple(self._placement.slots):
            while job_id in self._placement.slots and await self._is_missing(job_id):
                bell = self._ledger.signals.bell()
                await first_set(bell, seconds=RETRY_SECONDS[0])

    async def _is_missing(self, job_id: str) -> bool:
        try:
            return await self._server.locate(job_id) is Place.UNKNOWN
        except (Refused, Untraceable):
            # The job's own task finds out what is wrong with its prompt.
            return False

    async def _stop_strays(self) -> None:
        """Cancel jobs that moved to another server while this one was unreachable. Waiting ones may run here again."""
        for job_id in tuple(self._runner.strays):
            job = await self._ledger.job(job_id)
            if job is None or job.state is not JobState.QUEUED:
                await self._server.cancel(job_id)
            self._runner.strays.discard(job_id)

    async def _mark_away(self) -> None:
        """The server may have restarted: check that it answers, and ask again what it offers."""
        self._server.forget()
        self._loaded = None
        if self._answering:
            self._answering = False
            await self._report_away()

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
            self._ledger.signals.ring()
