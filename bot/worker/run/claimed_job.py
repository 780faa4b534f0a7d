"""Runs one claimed job. If anything fails, the job still ends with a message that its owner can read."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.comfyui import NodeTimes, Server, cause_of, details_of, in_one_line, stop
from bot.concurrency import race
from bot.conversions import Conversions
from bot.errors import (
    BindError,
    ComfyError,
    DarkroomError,
    LedgerAway,
    Lost,
    NodeFailed,
    PictureRefused,
    Rejected,
    SpoolFailed,
    Suspended,
    Unreachable,
    Withheld,
    WorkflowGone,
)
from bot.ledger import Job, JobState, Ledger
from bot.logs import about
from bot.messages import Cause, JobMessage, JobMessages, Undeliverable, explain, render_failed
from bot.settings import Settings
from bot.spool import Spool
from bot.translation import N_, _, language_called, speaking
from bot.worker.files.image_check import Judge
from bot.worker.leases import Lease, Leases
from bot.worker.placement.failure_streaks import FailureStreaks
from bot.worker.placement.slot import Slot
from bot.worker.run.attempt import MOST_LOSSES, AskedBack
from bot.worker.run.delivery import Undelivered
from bot.worker.run.earlier_failure import said_earlier
from bot.worker.run.run import Run
from bot.worker.run.run_job import end_cancelled, run_job
from bot.worker.sockets.socket_limit import SocketLimit
from bot.worker.sockets.streams import Streams
from bot.workflows import Library

log = logging.getLogger(__name__)
Failure = Mapping[str, str] | None

MOST_SOCKETS: Final = 256
"""Used if the process's limit of open files is unknown."""
MOST_TAKEOVERS: Final = 8
"""A job fails after this many workers died while running it, because it may be what kills them."""
MOST_RETURNS: Final = 6
"""A job fails after it was given back this often for any reason, so that none circulates for ever."""
_FAIL_SECONDS: Final = (1.0, 5.0, 30.0, 120.0, 300.0)
_KEPT_FAILING: Final = N_("The image server failed too often while it worked on this. Try again in a while.")
_KEPT_DYING: Final = N_("I had to restart too often while I worked on this. Tell a moderator.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What the loops of all servers of a process share. `reload` looks for a workflow that another process may have
    added.
    """

    settings: Settings
    ledger: Ledger
    messages: JobMessages
    library: Library
    leases: Leases
    reload: Callable[[], Awaitable[None]]
    spool: Spool
    conversions: Conversions
    sockets: SocketLimit = field(default_factory=lambda: SocketLimit(MOST_SOCKETS))
    failure_streaks: FailureStreaks = field(default_factory=FailureStreaks)
    judge: Judge = field(default_factory=Judge)
    node_times: NodeTimes = field(default_factory=NodeTimes)
    environment: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of the operator's own commands."""
    judging: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a thread checks workflows against a server. Fifty at once would starve the event loop."""


@dataclass(frozen=True, slots=True)
class JobRunner:
    """Runs jobs that were claimed for one server. `away` is called when that server is unreachable or has restarted;
    `elsewhere` says whether another working server could run a job.
    """

    server: Server
    bench: Workbench
    streams: Streams
    away: Callable[[], Awaitable[None]]
    elsewhere: Callable[[Job], Awaitable[bool]]
    strays: set[str] = field(default_factory=set)
    """Jobs that this server had when it became unreachable. It may still have them."""

    async def work(self, slot: Slot) -> None:
        """Bring the job to its end or back to the queue, or leave it to the worker that took it over."""
        with about(slot.job.id, slot.job.written), speaking(language_called(slot.job.language)):
            await self._work(slot.job, slot)

    async def _work(self, job: Job, slot: Slot) -> None:
        log.info("job %s: claimed for %s", job.id, self.server.url)
        self.strays.discard(job.id)
        try:
            with self.bench.leases.holding(job) as lease, self.bench.ledger.bills.measuring(job.id, slot.meter.read):
                work = asyncio.create_task(self._bring_to_an_end(lease, slot), name=f"run {job.id}")
                lost = asyncio.create_task(lease.lost.wait())
                begun = asyncio.create_task(self._note_begun(slot))
                await race(work, lost, beside=(begun,))
                if not work.cancelled() and (fault := work.exception()) is not None:
                    log.error("job %s: could not finish it, so it goes back to the queue", job.id, exc_info=fault)
                    # Nobody else would look after it: in the ledger it is still ours.
                    await self.bench.ledger.give_back(job, lost=False)
                if lease.lost.is_set():
                    await self.bench.messages.of(job).close()
                    self.bench.messages.forget(job.id)
        finally:
            slot.leave()

    async def _note_begun(self, slot: Slot) -> None:
        await slot.begun.wait()
        try:
            await self.bench.ledger.begun(slot.job)
        except LedgerAway as fault:
            log.warning("job %s: could not record its start: %s", slot.job.id, fault)

    async def _bring_to_an_end(self, lease: Lease, slot: Slot) -> None:
        job = lease.job
        submitted = asyncio.Event()
        try:
            await self._run(lease, submitted, slot)
        except Unreachable as fault:
            if isinstance(fault, Suspended) and not submitted.is_set():
                # Nothing failed and nothing was sent, however often this happens until the operator has acted.
                log.warning("job %s: %s takes no jobs: %s", job.id, self.server.url, fault.reason)
                await self.away()
                return await self._give_back(lease, lost=False, unsent=True, asked_back=True)
            log.warning("job %s: %s can no longer be used: %s", job.id, self.server.url, fault.reason)
            await self.away()
            sent = job.epoch > 1 or submitted.is_set()
            if moves := sent and await self._can_move(job):
                self.strays.add(job.id)
            await self._give_back(lease, lost=False, suspected=submitted.is_set(), unsent=moves or not sent)
            if sent:
                self.strays.add(job.id)
        except AskedBack:
            log.info("job %s: taken back from %s, which rests or has not begun it", job.id, self.server.url)
            await self._give_back(lease, lost=False, unsent=True, asked_back=True)
        except Lost:
            log.warning("job %s: %s no longer knows it", job.id, self.server.url)
            await self.away()
            await self._give_back(lease, lost=True)
        except LedgerAway as fault:
            log.warning("job %s: putting it back into the queue: %s", job.id, fault)
            await self._give_back(lease, lost=False)
        except Undeliverable as fault:
            log.warning("job %s: its message can no longer be edited: %s", job.id, fault)
            await self._end(job, JobState.FAILED, "undeliverable")
        except Undelivered:
            pause = _FAIL_SECONDS[min(job.returns, len(_FAIL_SECONDS) - 1)]
            log.exception("job %s: could not deliver its result, trying again in %.0f s", job.id, pause)
            await asyncio.sleep(pause)
            await self._give_back(lease, lost=False)
        except Exception as fault:
            log.exception("job %s: unexpected error in the bot", job.id)
            await self._fail_with_retries(lease, f"fault in the bot: {type(fault).__name__}")

    async def _can_move(self, job: Job) -> bool:
        with contextlib.suppress(LedgerAway):
            return await self.elsewhere(job)
        return False

    async def _give_back(
        self, lease: Lease, *, lost: bool, suspected: bool = False, unsent: bool = False, asked_back: bool = False
    ) -> None:
        job, message = lease.job, self.bench.messages.of(lease.job)
        with contextlib.suppress(LedgerAway):
            known = await self.bench.ledger.job(job.id)
            if known is not None and known.cancelled_by is not None:
                # The member must not wait for a server that may never come back.
                await end_cancelled(job, self._title(job), self.bench.ledger, message, lease.confirmed)
                self.bench.messages.forget(job.id)
                return
        if self.bench.ledger.shared:
            # The worker that continues the job has its own writer for the message.
            await message.close()
            self.bench.messages.forget(job.id)
        await self.bench.ledger.give_back(job, lost=lost, suspected=suspected, unsent=unsent, asked_back=asked_back)

    async def _run(self, lease: Lease, submitted: asyncio.Event, slot: Slot) -> None:
        job = lease.job
        if job.workflow not in self.bench.library.packs:
            await self.bench.reload()
        pack = self.bench.library.packs.get(job.workflow)
        if pack is None or job.takeovers >= MOST_TAKEOVERS or job.returns >= MOST_RETURNS:
            if job.epoch > 1:
                # It may be running there: for nobody, and what it has cost counts.
                await stop(self.server, job.prompt_id, ended=slot.stopped)
            kept = _KEPT_DYING if job.takeovers >= MOST_TAKEOVERS else _KEPT_FAILING
            await self._fail(lease, explain(WorkflowGone(job.workflow)) if pack is None else _(kept))
            return
        message = self.bench.messages.of(job)
        message.permitted = lease.valid
        if await self._has_ended(job, message, slot):
            return
        try:
            async with self.bench.spool.box() as box:
                finished = await run_job(
                    Run(
                        settings=self.bench.settings,
                        job=job,
                        pack=pack,
                        library=self.bench.library,
                        server=self.server,
                        streams=self.streams,
                        ledger=self.bench.ledger,
                        message=message,
                        confirmed=lease.confirmed,
                        judge=self.bench.judge,
                        submitted=submitted,
                        slot=slot,
                        box=box,
                        conversions=self.bench.conversions,
                        node_times=self.bench.node_times,
                    )
                )
        except Unreachable:
            raise
        except Lost as fault:
            if job.losses + 1 < MOST_LOSSES:
                raise
            await self._fail(lease, explain(fault))
        except (ComfyError, BindError, PictureRefused, SpoolFailed, Withheld) as fault:
            log.info("job %s: failed: %s", job.id, in_one_line(fault))
            self._note(job, fault)
            slot.meter.failed(fault)
            await self._fail(lease, explain(fault, pack), cause_of(fault), details_of(fault))
        else:
            if finished is not None:
                self._note(job, finished.error)
            self.bench.messages.forget(job.id)

    async def _has_ended(self, job: Job, message: JobMessage, slot: Slot) -> bool:
        """Whether the message shows the end already, because an earlier claim died before the ledger knew."""
        # If another program is faster to answer, that one runs the job. Edits are not waited for: they may take long.
        async with message.replying:
            pass
        await message.read()
        if message.gone and message.message_id is None:
            raise Undeliverable("it was never sent", Cause.NO_MESSAGE)
        if job.epoch > 1 and (moved := await message.find_end()) is not None:
            await self.bench.ledger.moved(job.id, moved)
        if message.ended is not None:
            log.info("job %s: its message already shows that it is %s", job.id, message.ended)
            await slot.meter.ask(self.server, job.prompt_id)
            await self._end(job, message.ended, *await said_earlier(self.server, job, message.ended))
            return True
        if job.message_id is None and message.message_id is not None:
            await self.bench.ledger.acknowledged(job.id, message.message_id)
        return False

    def _note(self, job: Job, error: DarkroomError | None) -> None:
        if error is None:
            self.bench.failure_streaks.worked(self.server.name, job.workflow)
        elif isinstance(error, NodeFailed | Rejected):
            self.bench.failure_streaks.failed(self.server.name, job.workflow)

    async def _fail_with_retries(self, lease: Lease, cause: str) -> None:
        """Retry until it works. No job is left without an end as long as it is ours."""
        for pause in itertools.chain(_FAIL_SECONDS, itertools.repeat(_FAIL_SECONDS[-1])):
            try:
                await self._fail(lease, explain(DarkroomError()), cause)
            except Exception:
                log.exception("job %s: could not finish it yet, retrying", lease.job.id)
                await asyncio.sleep(pause)
            else:
                return

    async def _fail(self, lease: Lease, reason: str, cause: str | None = None, failure: Failure = None) -> None:
        job = lease.job
        rendered = render_failed(job, self._title(job), reason, cause=cause)
        try:
            await self.bench.messages.of(job).finish(rendered, lease.confirmed)
        except Undeliverable as fault:
            log.warning("job %s: could not announce its failure: %s", job.id, fault)
        await self._end(job, JobState.FAILED, reason, cause, failure)

    def _title(self, job: Job) -> str:
        return self.bench.library.title_of(job.workflow)

    async def _end(
        self, job: Job, state: JobState, reason: str | None = None, cause: str | None = None, failure: Failure = None
    ) -> None:
        tell = self.bench.messages.of(job).in_place
        await self.bench.ledger.finish(job, state, reason, cause=cause, failure=failure, tell=tell)
        self.bench.messages.forget(job.id)
