"""The loop of one ComfyUI server: claim while there is room, one task a job, wait while the server is away."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import Final

from bot.comfyui import ComfyUI
from bot.errors import BindError, ComfyError, Lost, PictureRefused, Unreachable, WorkflowGone
from bot.ledger import Job, JobState, Ledger
from bot.messages import JobMessages, Undeliverable, explain, render_failed
from bot.worker.line import Line
from bot.worker.run_job import Run, run_job
from bot.worker.streams import Streams
from bot.workflows import Library

log = logging.getLogger(__name__)

DEPTH: Final = 2
"""Prompts in one ComfyUI: one running and one ready, so that order and cancelling stay ours."""
MOST_LOSSES: Final = 2
"""After so many servers forgot a job it fails."""
_RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 5.0)
_LOOK_SECONDS: Final = 15.0
"""The bell may not ring for everything: look into the ledger this often all the same."""
_ASK_SECONDS: Final = 60.0
_NOTHING_MISSING: Final = 5
"""So many times longer, where the server can run every workflow."""


class ServerLoop:
    """Works jobs off on one server until cancelled."""

    def __init__(
        self,
        server: ComfyUI,
        ledger: Ledger,
        messages: JobMessages,
        library: Library,
        line: Line,
        ask_seconds: float = _ASK_SECONDS,
    ) -> None:
        self._server = server
        self._ledger = ledger
        self._messages = messages
        self._library = library
        self._line = line
        self._streams = Streams(server)
        self._on_server: set[str] = set()
        self._ask_seconds = ask_seconds
        """How long what the server said about its nodes and models is believed, while a workflow misses some."""
        self._asked_at = 0.0

    async def run(self) -> None:
        """Claim and work for ever. A job's failure ends its task, never the loop."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    bell = self._ledger.signals.bell()
                    try:
                        worked = await self._claim(tasks)
                    except Exception:
                        log.exception("%s: the ledger did not answer", self._server.url)
                        await asyncio.sleep(_RETRY_SECONDS[-1])
                        continue
                    if not worked:
                        await self._pause(bell)
        finally:
            await self._streams.close()

    async def _claim(self, tasks: asyncio.TaskGroup) -> bool:
        """Claim one job if there is room and one waits, and give it a task."""
        if len(self._on_server) >= DEPTH:
            await self._line.show()
            return False
        await self._until_answering()
        job = await self._ledger.claim(self._server.url, beyond=self._library.beyond(self._server.url))
        if job is not None:
            self._on_server.add(job.id)
            tasks.create_task(self._work(job), name=f"job {job.id}")
        await self._line.show()
        return job is not None

    async def _pause(self, bell: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_LOOK_SECONDS, self._ask_seconds)):
                await bell.wait()
        await self._streams.tidy()
        believed = self._ask_seconds * (1 if self._library.beyond(self._server.url) else _NOTHING_MISSING)
        if asyncio.get_running_loop().time() - self._asked_at >= believed:
            await self._ask_again()

    async def _ask_again(self) -> None:
        """A model may have arrived, or the server restarted with more nodes, while nobody ordered anything."""
        if not self._line.answers(self._server.url):
            return
        self._server.forget()
        try:
            await self._learn()
        except Unreachable as fault:
            log.warning("%s went away: %s", self._server.url, fault.reason)
            self._away()

    async def _learn(self) -> None:
        self._asked_at = asyncio.get_running_loop().time()
        self._library.learn(self._server.url, await self._server.object_info())

    async def _until_answering(self) -> None:
        failures = 0
        while not self._line.answers(self._server.url):
            try:
                await self._server.alive()
                await self._learn()
            except Unreachable as fault:
                if failures == 0:
                    log.warning("%s does not answer: %s", self._server.url, fault.reason)
                await self._line.show()
                await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1
            else:
                self._line.answering.add(self._server.url)
                log.info("%s answers", self._server.url)

    async def _work(self, job: Job) -> None:
        log.info("job %s: claimed for %s", job.id, self._server.url)
        try:
            await self._run(job)
        except Unreachable as fault:
            log.warning("job %s: %s went away: %s", job.id, self._server.url, fault.reason)
            self._away()
            await self._ledger.give_back(job, lost=False)
        except Lost:
            log.warning("job %s: %s forgot it", job.id, self._server.url)
            self._away()
            await self._ledger.give_back(job, lost=True)
        except Undeliverable as fault:
            log.warning("job %s: its message cannot be edited any more: %s", job.id, fault)
            await self._ledger.finish(job, JobState.FAILED, "undeliverable")
            self._messages.forget(job.id)
        except Exception:
            # Whatever it is, it must not stop the others. The job stays running in the ledger and is taken up
            # again at the next start, on the server that may have its picture.
            log.exception("job %s: a fault of ours", job.id)
        finally:
            self._leave_server(job)

    async def _run(self, job: Job) -> None:
        pack = self._library.packs.get(job.workflow)
        if pack is None:
            await self._fail(job, explain(WorkflowGone(job.workflow)))
            return
        message = self._messages.of(job)
        try:
            async with self._streams.of(job.application_id, job.user_id) as stream:
                await run_job(
                    Run(job, pack, self._server, stream, self._ledger, message, partial(self._leave_server, job))
                )
        except Unreachable:
            raise
        except Lost as fault:
            if job.losses + 1 < MOST_LOSSES:
                raise
            await self._fail(job, explain(fault))
        except (ComfyError, BindError, PictureRefused) as fault:
            log.info("job %s: failed: %s", job.id, fault)
            await self._fail(job, explain(fault, pack))
        else:
            self._messages.forget(job.id)

    async def _fail(self, job: Job, reason: str) -> None:
        await self._messages.of(job).finish(render_failed(job, reason))
        await self._ledger.finish(job, JobState.FAILED, reason)
        self._messages.forget(job.id)

    def _away(self) -> None:
        """The server may have restarted: see that it answers, and ask anew what it has."""
        self._line.answering.discard(self._server.url)
        self._server.forget()

    def _leave_server(self, job: Job) -> None:
        self._on_server.discard(job.id)
        self._ledger.signals.ring()
