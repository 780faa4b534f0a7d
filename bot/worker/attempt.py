"""One prompt of a job on its server: submitted once, followed to its end, cancelled or taken back on the way."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.comfyui import Finished, Following, Place, SocketPictures, Stream, Submitted, stop, withdraw
from bot.errors import Lost, NodeFault, Refused, Unreachable
from bot.messages import render_stopping
from bot.worker.run import Run
from bot.worker.tries import three_times
from bot.worker.uploading import upload_pictures
from bot.worker.watching import Watching
from bot.workflows import Graph, bind, keep_on_disk, send_over_socket, senders_in

log = logging.getLogger(__name__)

MOST_LOSSES: Final = 2
"""After so many servers forgot a job, or died over it, it fails."""


class AskedBack(Exception):  # noqa: N818 - nothing is wrong
    """The prompt had not begun, and was taken out of the server's queue: another server is idle and can run it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One prompt of a job. `on_disk`: nodes that would send their pictures over the socket save them instead."""

    prompt_id: str
    on_disk: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How a prompt ended, what it skipped, and whether pictures that it sent over the socket never arrived.

    `anew`: it was put into the server by this very claim.
    """

    finished: Finished
    skipped: tuple[NodeFault, ...] = ()
    incomplete: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody may ask for while a job is on its server."""

    to_cancel: asyncio.Event
    back: asyncio.Event
    """An idle server asks for it."""
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    """The prompt may have been taken out of its server's queue."""


async def attempt_prompt(run: Run, stream: Stream, watching: Watching, asked: Asked, attempt: Attempt) -> Ending | None:
    """Have the server run one prompt; None if it was cancelled.

    Raises `AskedBack` where another server, which is idle, is to run it.
    """

    def reached(*, answers: bool) -> None:
        watching.reached(answers=answers)
        if not answers:
            run.slot.refused()

    with Following(run.server, stream, attempt.prompt_id, watching.listen, reached) as following:
        if await _was_cancelled(run):
            finished = await stop(run.server, attempt.prompt_id)
            return Ending(finished) if finished is not None else None
        watching.show()
        sent = watching.sent = await _senders(run, stream, attempt)
        submitted = await _submit_once(run, stream.client_id, following, asked, attempt)
        if submitted is None:
            watching.reattached()
        run.slot.taken.set()
        finished = await _end_of(run, following, asked, attempt.prompt_id)
        if finished is None:
            return None
        skipped = submitted.node_faults if submitted is not None else ()
        if not sent.senders or finished.error is not None:
            return Ending(finished, skipped, anew=submitted is not None)
        if submitted is not None:
            await sent.settle()
        return Ending(
            finished,
            skipped,
            sent.missing(finished.sent, {node_id for fault in skipped for node_id in (fault.node_id, *fault.outputs)}),
            anew=submitted is not None,
        )


async def _senders(run: Run, stream: Stream, attempt: Attempt) -> SocketPictures:
    """What takes the prompt's pictures from the socket, where it has nodes that send them."""
    senders: frozenset[str] = frozenset()
    if run.pack.outputs.websocket and not attempt.on_disk:
        _, senders = send_over_socket(run.pack.graph, await run.server.object_info())
    elif not attempt.on_disk:
        senders = senders_in(run.pack.graph)
    return SocketPictures(run.pack.graph, senders, stream)


async def _was_cancelled(run: Run) -> bool:
    """Whether somebody cancelled before this task listened: the ledger knows, a signal would have been missed."""
    job = await run.ledger.job(run.job.id)
    return job is not None and job.cancelled_by is not None


async def _submit_once(
    run: Run, client_id: str, following: Following, asked: Asked, attempt: Attempt
) -> Submitted | None:
    """Put the prompt into the server, unless an earlier claim of this job has done so already (then None).

    The first claim need not ask: nobody else has ever known this prompt_id.
    """
    if run.job.epoch > 1 and await run.server.locate(attempt.prompt_id) is not Place.UNKNOWN:
        run.submitted.set()
        following.look_now()
        return None
    if run.job.losses >= MOST_LOSSES:
        raise Lost(attempt.prompt_id)
    values = await upload_pictures(run.server, run.ledger.shelf, run.pack, run.job.values, run.box, run.slot.taken.set)
    info = await run.server.object_info()
    graph = bind(run.pack, values, info)
    if attempt.on_disk:
        graph = keep_on_disk(graph)
    elif run.pack.outputs.websocket:
        graph, _ = send_over_socket(graph, info)
    await run.confirmed()
    if asked.back.is_set() and run.slot.behind():
        raise AskedBack
    submitted = await three_times(
        run.server, "/prompt", partial(_submit, run, graph, attempt.prompt_id, client_id), run.slot.taken.set
    )
    for fault in submitted.node_faults:
        log.warning("job %s: %s will skip an output node: %s", run.job.id, run.server.url, fault)
    return submitted


async def _submit(run: Run, graph: Graph, prompt_id: str, client_id: str) -> Submitted:
    """Submit the graph, unless an answer that did not come through was to do so."""
    if run.submitted.is_set() and await run.server.locate(prompt_id) is not Place.UNKNOWN:
        return Submitted(prompt_id, ())
    try:
        submitted = await run.server.submit(graph, prompt_id=prompt_id, client_id=client_id)
    except Unreachable as away:
        if not away.unsent:
            run.submitted.set()
        raise
    except Refused:
        run.submitted.set()
        raise
    run.submitted.set()
    return submitted


async def _end_of(run: Run, following: Following, asked: Asked, prompt_id: str) -> Finished | None:
    """How the prompt ended; None if it was cancelled. Raises `AskedBack` where it was taken back before it began."""
    end = asyncio.create_task(following.end())
    cancel = asyncio.create_task(asked.to_cancel.wait())
    back = asyncio.create_task(_taken_back(run, asked, prompt_id))
    try:
        await asyncio.wait((end, cancel, back), return_when=asyncio.FIRST_COMPLETED)
        if not cancel.done():
            if back.done():
                back.result()
                raise AskedBack
            return end.result()
    except Lost:
        # Taken out of the queue, and the answer to that was lost or is still on its way.
        if asked.tried.is_set() and run.slot.begun_at is None:
            raise AskedBack from None
        raise
    except Refused:
        # How it ends cannot be found out: it is not left there to run for nobody.
        await stop(run.server, prompt_id)
        raise
    finally:
        for task in (end, cancel, back):
            task.cancel()
        await asyncio.gather(end, cancel, back, return_exceptions=True)
    run.message.show(lambda: render_stopping(run.job, run.pack.title))
    return await stop(run.server, prompt_id)


async def _taken_back(run: Run, asked: Asked, prompt_id: str) -> None:
    """Return once an idle server has asked for the job and this one has given it up, not having begun it."""
    while True:
        await asked.back.wait()
        if run.slot.behind() and run.slot.begun_at is None:
            asked.tried.set()
            if await withdraw(run.server, prompt_id):
                run.slot.given_back = True
                return
        asked.back.clear()
        # Whoever asked looks for something else.
        run.ledger.signals.ring()
