"""What becomes of one claimed job: run, and whatever goes wrong brought to an end that its owner can read."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.comfyui import ComfyUI
from bot.errors import (
    BindError,
    ComfyError,
    DarkroomError,
    LedgerAway,
    Lost,
    NodeFailed,
    PictureRefused,
    Rejected,
    Unreachable,
    Withheld,
    WorkflowGone,
)
from bot.ledger import Job, JobState, Ledger
from bot.messages import JobMessages, Undeliverable, explain, render_failed
from bot.worker.faltering import Faltering
from bot.worker.judging import Judge
from bot.worker.leases import Lease, Leases
from bot.worker.run_job import Run, run_job
from bot.worker.streams import Streams
from bot.workflows import Library

log = logging.getLogger(__name__)

MOST_LOSSES: Final = 2
"""After so many servers forgot a job it fails."""
MOST_TAKEOVERS: Final = 8
"""After so many workers died over a job it fails: it may be what kills them."""
_KEPT_DYING: Final = "The bot had to start again too often while it worked on this. Tell a moderator."


@dataclass(frozen=True, slots=True)
class Working:
    """Works on jobs that were claimed for one server. `away` is told when that is out of reach or has restarted;
    `reload` looks for a workflow that another process may have added.
    """

    server: ComfyUI
    ledger: Ledger
    messages: JobMessages
    library: Library
    leases: Leases
    streams: Streams
    faltering: Faltering
    away: Callable[[], Awaitable[None]]
    reload: Callable[[], Awaitable[None]]
    judge: Judge

    async def work(self, job: Job, leave_server: Callable[[], None]) -> None:
        """Bring the job to its end, back into the line, or leave it to whoever has taken it over."""
        log.info("job %s: claimed for %s", job.id, self.server.url)
        try:
            with self.leases.holding(job) as lease:
                work = asyncio.create_task(self._bring_to_an_end(lease, leave_server), name=f"run {job.id}")
                lost = asyncio.create_task(lease.lost.wait())
                try:
                    await asyncio.wait((work, lost), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for task in (work, lost):
                        task.cancel()
                    await asyncio.gather(work, lost, return_exceptions=True)
                if lease.lost.is_set():
                    await self.messages.of(job).close()
                    self.messages.forget(job.id)
        finally:
            leave_server()

    async def _bring_to_an_end(self, lease: Lease, leave_server: Callable[[], None]) -> None:
        job = lease.job
        try:
            await self._run(lease, leave_server)
        except Unreachable as fault:
            log.warning("job %s: %s went away: %s", job.id, self.server.url, fault.reason)
            await self.away()
            await self.ledger.give_back(job, lost=False)
        except Lost:
            log.warning("job %s: %s forgot it", job.id, self.server.url)
            await self.away()
            await self.ledger.give_back(job, lost=True)
        except LedgerAway as fault:
            log.warning("job %s: it goes back into the line: %s", job.id, fault)
            await self.ledger.give_back(job, lost=False)
        except Undeliverable as fault:
            log.warning("job %s: its message cannot be edited any more: %s", job.id, fault)
            await self.ledger.finish(job, JobState.FAILED, "undeliverable")
            self.messages.forget(job.id)
        except Exception:
            log.exception("job %s: a fault of ours", job.id)
            with contextlib.suppress(Undeliverable):
                await self._fail(lease, explain(DarkroomError()))

    async def _run(self, lease: Lease, leave_server: Callable[[], None]) -> None:
        job = lease.job
        if job.workflow not in self.library.packs:
            await self.reload()
        pack = self.library.packs.get(job.workflow)
        if pack is None:
            await self._fail(lease, explain(WorkflowGone(job.workflow)))
            return
        if job.takeovers >= MOST_TAKEOVERS:
            await self._fail(lease, _KEPT_DYING)
            return
        message = self.messages.of(job)
        message.permitted = lease.valid
        try:
            async with self.streams.of(job.application_id, job.user_id) as stream:
                await run_job(
                    Run(job, pack, self.server, stream, self.ledger, message, lease.confirmed, self.judge, leave_server)
                )
        except Unreachable:
            raise
        except Lost as fault:
            if job.losses + 1 < MOST_LOSSES:
                raise
            await self._fail(lease, explain(fault))
        except (ComfyError, BindError, PictureRefused, Withheld) as fault:
            log.info("job %s: failed: %s", job.id, fault)
            if isinstance(fault, NodeFailed | Rejected):
                self.faltering.failed(job.workflow)
            await self._fail(lease, explain(fault, pack))
        else:
            self.faltering.worked(job.workflow)
            self.messages.forget(job.id)

    async def _fail(self, lease: Lease, reason: str) -> None:
        job = lease.job
        await self.messages.of(job).finish(render_failed(job, reason), lease.confirmed, privately=True)
        await self.ledger.finish(job, JobState.FAILED, reason)
        self.messages.forget(job.id)
