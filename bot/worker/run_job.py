"""One job on one server, from claim to delivery."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from bot.comfyui import ComfyUI, Finished, Following, Place, SocketPictures, Stream, Submitted, stop
from bot.conversions import Conversions
from bot.errors import Lost, NodeFault, NoOutput, Unreachable, Withheld
from bot.ledger import Job, JobState, Ledger
from bot.messages import (
    Attachment,
    JobMessage,
    Rendered,
    Undeliverable,
    explain,
    explain_skipped,
    render_cancelled,
    render_done,
    render_failed,
    render_stopping,
    split_texts,
    spoilered,
)
from bot.spool import Box
from bot.worker.collecting import Collected, Collecting
from bot.worker.embedding import texts_for
from bot.worker.holding import hold_pictures
from bot.worker.judging import Judge
from bot.worker.packing import attachments
from bot.worker.picture_policy import HOLD, REFUSE, SPOILER, PicturePolicy
from bot.worker.uploading import upload_pictures
from bot.worker.watching import Watching
from bot.workflows import Library, Pack, bind, continuations, keep_on_disk, send_over_socket, senders_in

log = logging.getLogger(__name__)

MOST_LOSSES: Final = 2
"""After so many servers forgot a job, or died over it, it fails."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A job's place on its server. `taken` is called once the server has the prompt: the next job may follow, so that
    they run there in the order of their claims. `left`: the server has nothing more to do for it.
    """

    taken: Callable[[], None]
    left: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What a job needs to run: itself, its pack, where it runs and where it is shown."""

    job: Job
    pack: Pack
    library: Library
    server: ComfyUI
    stream: Stream
    ledger: Ledger
    message: JobMessage
    embedded_graph: str
    """What goes out with PNGs: keep, recipe or strip."""
    confirmed: Callable[[], Awaitable[None]]
    """Returns once it is certain that nobody else has taken the job over."""
    judge: Judge
    submitted: asyncio.Event
    """Set once the server may have a prompt of the job."""
    slot: Slot
    box: Box
    """Where its files wait until they are delivered."""
    conversions: Conversions


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One prompt of a job. `on_disk`: nodes that would send their pictures over the socket save them instead."""

    prompt_id: str
    on_disk: bool = False


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a prompt ended, what it skipped, and whether pictures that it sent over the socket never arrived.

    `anew`: it was put into the server by this very claim.
    """

    finished: Finished
    skipped: tuple[NodeFault, ...] = ()
    incomplete: bool = False
    anew: bool = False


async def run_job(run: Run) -> Finished | None:
    """Run the job to its end, or raise the `DarkroomError` that stopped it. Returns how its prompt ended; None: it was
    cancelled.

    A crash at any await leaves the job running in the ledger: whoever claims it next finds its prompt on the server.
    """
    texts = texts_for(run.embedded_graph, run.job, run.pack)
    collecting = Collecting(run.server, run.job.upload_limit, run.box, texts)
    policy = await _policy(run)
    watching = Watching(run.job, run.pack, run.message, collecting, policy, partial(_packed, run))
    with (
        run.ledger.signals.cancellation(run.job.id) as cancelled,
        contextlib.closing(collecting),
        contextlib.closing(watching),
    ):
        # What may be held back has to be there again when it is approved.
        on_disk = policy.check is not None or run.job.pictures_approved
        ending = await _attempt(run, watching, cancelled, _Attempt(run.job.id, on_disk))
        if ending is not None and ending.incomplete:
            # The server still has everything but the pictures in its cache: this costs a moment.
            log.info("job %s: not all pictures came over the socket; they are saved and fetched", run.job.id)
            collecting.forget_received()
            ending = await _attempt(run, watching, cancelled, _Attempt(_second_prompt(run.job.id), on_disk=True))
        run.slot.left()
        if ending is None:
            await end_cancelled(run.job, run.ledger, run.message, run.confirmed)
            return None
        await _deliver(run, collecting, ending, watching.seconds, policy)
        return ending.finished


def _second_prompt(job_id: str) -> str:
    """The prompt_id of a job's second attempt: the same after a crash, so that it is never submitted twice."""
    return str(uuid.uuid5(uuid.UUID(job_id), "on disk"))


async def _attempt(run: Run, watching: Watching, cancelled: asyncio.Event, attempt: _Attempt) -> _Ending | None:
    """Have the server run one prompt; None if it was cancelled."""
    with Following(run.server, run.stream, attempt.prompt_id, watching.listen) as following:
        if await _was_cancelled(run):
            finished = await stop(run.server, attempt.prompt_id)
            return _Ending(finished) if finished is not None else None
        watching.show()
        sent = watching.sent = await _senders(run, attempt)
        submitted = await _submit_once(run, following, attempt)
        run.slot.taken()
        finished = await _end_of(run, following, cancelled, attempt.prompt_id)
        if finished is None:
            return None
        skipped = submitted.node_faults if submitted is not None else ()
        if not sent.senders or finished.error is not None:
            return _Ending(finished, skipped, anew=submitted is not None)
        if submitted is not None:
            await sent.settle()
        return _Ending(
            finished,
            skipped,
            sent.missing(finished.sent, {node_id for fault in skipped for node_id in (fault.node_id, *fault.outputs)}),
            anew=submitted is not None,
        )


async def _senders(run: Run, attempt: _Attempt) -> SocketPictures:
    """What takes the prompt's pictures from the socket, where it has nodes that send them."""
    senders: frozenset[str] = frozenset()
    if run.pack.outputs.websocket and not attempt.on_disk:
        _, senders = send_over_socket(run.pack.graph, await run.server.object_info())
    elif not attempt.on_disk:
        senders = senders_in(run.pack.graph)
    return SocketPictures(run.pack.graph, senders, run.stream)


async def _was_cancelled(run: Run) -> bool:
    """Whether somebody cancelled before this task listened: the ledger knows, a signal would have been missed."""
    job = await run.ledger.job(run.job.id)
    return job is not None and job.cancelled_by is not None


async def _submit_once(run: Run, following: Following, attempt: _Attempt) -> Submitted | None:
    """Put the prompt into the server, unless an earlier claim of this job has done so already (then None).

    The first claim need not ask: nobody else has ever known this prompt_id.
    """
    if run.job.epoch > 1 and await run.server.locate(attempt.prompt_id) is not Place.UNKNOWN:
        run.submitted.set()
        following.look_now()
        return None
    if run.job.losses >= MOST_LOSSES:
        raise Lost(attempt.prompt_id)
    values = await upload_pictures(run.server, run.ledger.shelf, run.pack, run.job.values, run.box)
    info = await run.server.object_info()
    graph = bind(run.pack, values, info)
    if attempt.on_disk:
        graph = keep_on_disk(graph)
    elif run.pack.outputs.websocket:
        graph, _ = send_over_socket(graph, info)
    await run.confirmed()
    try:
        submitted = await run.server.submit(graph, prompt_id=attempt.prompt_id, client_id=run.stream.client_id)
    except Unreachable as away:
        if not away.unsent:
            run.submitted.set()
        raise
    run.submitted.set()
    for fault in submitted.node_faults:
        log.warning("job %s: %s will skip an output: %s", run.job.id, run.server.url, fault)
    return submitted


async def _end_of(run: Run, following: Following, cancelled: asyncio.Event, prompt_id: str) -> Finished | None:
    """How the prompt ended; None if it was cancelled."""
    end = asyncio.create_task(following.end())
    asked = asyncio.create_task(cancelled.wait())
    try:
        await asyncio.wait((end, asked), return_when=asyncio.FIRST_COMPLETED)
        if end.done():
            return end.result()
    finally:
        for task in (end, asked):
            task.cancel()
        await asyncio.gather(end, asked, return_exceptions=True)
    run.message.show(lambda: render_stopping(run.job))
    return await stop(run.server, prompt_id)


async def end_cancelled(
    job: Job, ledger: Ledger, message: JobMessage, confirmed: Callable[[], Awaitable[None]]
) -> None:
    """Bring a claimed job to its end as cancelled."""
    # The message first: after a crash between the two the job is found cancelled on its server and told again.
    known = await ledger.job(job.id) or job
    try:
        await message.finish(render_cancelled(known), confirmed)
    except Undeliverable as fault:
        log.info("job %s: nobody can be told that it is cancelled: %s", job.id, fault)
    await ledger.finish(job, JobState.CANCELLED, known.reason)


async def _finish(run: Run, rendered: Rendered) -> None:
    await run.message.finish(rendered, run.confirmed, privately=True)


async def _packed(
    run: Run, collected: Sequence[Collected], texts: Sequence[str] = ()
) -> tuple[list[Attachment], list[str]]:
    return await attachments(collected, run.job.upload_limit, run.box, run.conversions, texts)


async def _policy(run: Run) -> PicturePolicy:
    guild_id = run.job.guild_id
    return PicturePolicy.of(run.job, None if guild_id is None else (await run.ledger.rules.book(guild_id)).guild)


async def _deliver(run: Run, collecting: Collecting, ending: _Ending, seconds: float, policy: PicturePolicy) -> None:
    # The message first, the ledger second: after a crash between the two the same edit is made again, to the same
    # message; the other way round the picture would be lost.
    job, error = run.job, ending.finished.error
    shown, long = split_texts(dict.fromkeys(text.text for text in ending.finished.texts))
    try:
        collected = await collecting.collect(run.pack, ending.finished.files)
    except (Lost, Unreachable):
        if error is None:
            raise
        collected = []
    if error is None and not (collected or shown or long):
        raise NoOutput
    objection = None
    if ending.anew or not job.pictures_approved:
        objection = await run.judge.objection(job, collected, policy, partial(run.conversions.samples, run.box))
    if objection is not None and objection.action == REFUSE and error is None:
        raise Withheld
    if objection is not None and objection.action != SPOILER and error is not None:
        collected = []
    files, notes = await _packed(run, collected, long)
    if objection is not None and objection.action == HOLD and error is None:
        await hold_pictures(run.ledger, run.message, job, run.pack.title, files, objection.why)
        return
    hidden = policy.spoiler or (objection is not None and objection.action == SPOILER)
    files = list(spoilered(files)) if hidden else files
    notes += explain_skipped(ending.skipped, run.pack.graph)
    if error is None:
        offered = continuations(run.library, job.guild_id)
        await _finish(run, render_done(job, run.pack.title, seconds, files, notes, shown, offered))
        # A run that was taken over was not seen from its beginning: it says nothing of how long such jobs take.
        await run.ledger.finish(job, JobState.DONE, seconds=seconds if job.epoch == 1 else None)
    else:
        log.info("job %s: failed: %s", job.id, error)
        reason = explain(error, run.pack)
        await _finish(run, render_failed(job, reason, files, notes, shown))
        await run.ledger.finish(job, JobState.FAILED, reason)
