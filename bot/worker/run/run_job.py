"""One job on one server, from claim to delivery."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

from bot.comfyui import Attempt, Ending, Finished, cause_of, details_of, in_one_line, repeated
from bot.errors import DarkroomError, Lost, NoOutput, Refused, Unreachable, Withheld
from bot.ledger import Job, JobState, Ledger, direct_rules, prompt_on_disk
from bot.messages import (
    Attachment,
    JobMessage,
    Rendered,
    Undeliverable,
    explain,
    explain_composite,
    explain_skipped,
    explain_substituted,
    explain_withheld,
    render_cancelled,
    render_done,
    render_failed,
    split_texts,
    spoilered,
)
from bot.worker.files.attachments import attachments
from bot.worker.files.compositing import Compositor
from bot.worker.files.downloads import Collected, Downloads
from bot.worker.files.image_policy import HOLD, REFUSE, SPOILER, PicturePolicy
from bot.worker.files.png_metadata import texts_for
from bot.worker.run.attempt import Interruptions, attempt_prompt
from bot.worker.run.delivery import Undelivered, deliver_files
from bot.worker.run.held_images import hold_pictures
from bot.worker.run.live_progress import LiveProgress
from bot.worker.run.run import Run
from bot.workflows import composite_of, continuations, senders_in

_NOT_FOUND: Final = 404

log = logging.getLogger(__name__)


async def run_job(run: Run) -> Finished | None:
    """Run the job to its end, or raise the `DarkroomError` that stopped it, or `Undelivered`. Returns how its prompt
    ended (None: cancelled).

    After a crash at any await the job is still running in the ledger. The next claim finds its prompt on the server.
    """
    texts = texts_for(run.settings.embedded_graph, run.job, run.pack)
    composite = composite_of(run.job.values)
    compositor = None
    if composite is not None:
        compositor = Compositor(composite, run.ledger.shelf, run.box, run.conversions)
    mark, sign = run.settings.ai_mark, run.conversions.signed
    downloads = Downloads(run.server, run.job.upload_limit, run.box, texts, compositor, mark=mark, sign=sign)
    policy = await _policy(run)
    live = LiveProgress(
        run.slot,
        run.pack,
        run.message,
        downloads=downloads,
        policy=policy,
        packed=partial(_packed, run),
        times=run.node_times,
        reports=run.server.abilities.progress,
    )
    with (
        run.ledger.signals.cancellation(run.job.id) as cancelled,
        run.ledger.signals.recall(run.job.id) as recalled,
        contextlib.closing(downloads),
        contextlib.closing(live),
    ):
        interruptions = Interruptions(cancelled, recalled)
        # Images that may be held must still be on the server when they are approved.
        on_disk = policy.check is not None or run.job.pictures_approved
        sends = run.server.abilities.images_over_socket and not on_disk
        needed = sends and bool(run.pack.outputs.websocket or senders_in(run.pack.graph))
        # For the run only, so that a slow delivery keeps no socket from anybody.
        async with run.streams.of(run.job.application_id, run.job.user_id, needed=needed) as stream:
            breaks = stream.breaks
            first = Attempt(run.job.prompt_id, over_socket=run.pack.outputs.websocket, on_disk=on_disk)
            ending = await attempt_prompt(run, stream, live, interruptions, first)
            if ending is not None and ending.submitted and ending.finished.error is None and stream.breaks == breaks:
                live.learn()
            if ending is not None and ending.incomplete:
                # The server still has everything but the images in its cache, so this takes only a moment.
                log.info("job %s: the websocket missed some images; running again to download them", run.job.id)
                downloads.forget_received()
                again = Attempt(prompt_on_disk(run.job.prompt_id), on_disk=True)
                ending = await attempt_prompt(run, stream, live, interruptions, again)
        run.slot.meter.left()
        run.slot.leave()
        if ending is None:
            await end_cancelled(run.job, run.pack.title, run.ledger, run.message, run.confirmed)
            return None
        seconds = ending.finished.seconds if ending.finished.seconds is not None else live.seconds
        try:
            await _deliver(run, downloads, ending, seconds, policy)
        except DarkroomError:
            raise
        except Exception as fault:
            raise Undelivered from fault
        return ending.finished


async def end_cancelled(
    job: Job, title: str, ledger: Ledger, message: JobMessage, confirmed: Callable[[], Awaitable[None]]
) -> None:
    """End a claimed job as cancelled."""
    # The message first: after a crash in between, the next claim finds the prompt cancelled and does this again.
    known = await ledger.job(job.id) or job
    try:
        await message.finish(render_cancelled(known, title), confirmed)
    except Undeliverable as fault:
        log.info("job %s: could not announce its cancellation: %s", job.id, fault)
    await ledger.finish(job, JobState.CANCELLED, known.reason)


async def _packed(
    run: Run, collected: Sequence[Collected], texts: Sequence[str] = (), limit: int | None = None
) -> tuple[list[Attachment], list[str]]:
    return await attachments(collected, limit or run.job.upload_limit, run.box, run.conversions, texts)


async def _policy(run: Run) -> PicturePolicy:
    guild_id = run.job.guild_id
    if guild_id is None:
        return PicturePolicy.of(run.job, direct_rules(run.settings.direct_messages))
    return PicturePolicy.of(run.job, (await run.ledger.rules.book(guild_id)).guild)


async def _collected(run: Run, downloads: Downloads, finished: Finished) -> list[Collected]:
    """A run's files, at least some if the run succeeded. Raises `Lost`, `Refused`, `Unreachable` or `SpoolFailed`."""
    try:
        return await downloads.collect(run.pack, finished.files)
    except Lost:
        # If the server still knows the run, it has not restarted, and another run would end the same way.
        if finished.error is None and await run.server.outcome(run.job.prompt_id) is None:
            raise
    try:
        return await downloads.collect(run.pack, finished.files, some=True)
    except Lost as fault:
        raise Refused("/view", _NOT_FOUND, str(fault)) from fault


async def _deliver(
    run: Run, downloads: Downloads, ending: Ending, seconds: float | None, policy: PicturePolicy
) -> None:
    # The message first, the ledger second. After a crash in between, the same edit is made again to the same message.
    # The other way round, the image would be lost.
    job, error = run.job, ending.finished.error
    try:
        collected = await _collected(run, downloads, ending.finished)
    except (Lost, Refused, Unreachable):
        if error is None:
            raise
        collected = []
    texts = ending.finished.texts or (() if collected or error is not None else ending.finished.spare_texts)
    if error is None and not (collected or texts):
        raise NoOutput
    shown, long = split_texts(dict.fromkeys(text.text for text in texts))
    objection = None
    if ending.submitted or not job.pictures_approved:
        objection = await run.judge.objection(job, collected, policy, partial(run.conversions.samples, run.box))
    if objection is not None and objection.action == REFUSE and error is None:
        raise Withheld
    if objection is not None and objection.action != SPOILER and error is not None:
        collected = []
    packed = partial(_packed, run, collected, long)
    if objection is not None and objection.action == HOLD and error is None:
        await hold_pictures(run.ledger, run.message, job, run.pack.title, packed, objection.why)
        return
    hidden = policy.spoiler or (objection is not None and objection.action == SPOILER)
    remarks = [*explain_withheld(downloads.withheld), *explain_skipped(ending.skipped, run.pack.graph)]
    if error is None and (composite := composite_of(job.values)) is not None:
        remarks += explain_composite(composite, succeeded=downloads.composited)
    remarks += explain_substituted(run.substituted)
    offered = continuations(run.library, job.guild_id)
    reason, cause = (None, None) if error is None else (explain(error, run.pack), cause_of(error))

    def render(files: Sequence[Attachment], notes: Sequence[str]) -> Rendered:
        files, notes = spoilered(files) if hidden else files, (*notes, *remarks)
        if reason is None:
            return render_done(job, run.pack.title, seconds, files, notes, shown, offered)
        return render_failed(job, run.pack.title, reason, files, notes, shown, cause=cause)

    if error is not None:
        log.info("job %s: failed: %s", job.id, in_one_line(error))
    await deliver_files(run, packed, render, keep=reason is None)
    if error is None:
        learned = None if repeated(run.pack.graph, ending.finished.cached) else seconds
        await run.ledger.finish(job, JobState.DONE, seconds=learned, tell=run.message.in_place)
    else:
        told = run.message.in_place
        await run.ledger.finish(job, JobState.FAILED, reason, cause=cause, failure=details_of(error), tell=told)
