"""One prompt of a job on its server: submitted once, followed to its end, cancelled or taken back on the way."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bot.comfyui import Attempt, Ending, EventStream, Finished, PromptRun, stop, withdraw
from bot.concurrency import first_set, race
from bot.errors import Lost, PartnersRefused, Refused, Rejected
from bot.ledger import prompt_after
from bot.messages import render_stopping
from bot.worker.files.uploads import upload_files
from bot.worker.run.live_progress import LiveProgress
from bot.worker.run.run import Run
from bot.workflows import Graph, ObjectInfo, bind, substitutions
from bot.workflows.safety.partners import partner_nodes

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 1.0
_LATE_SECONDS: Final = 5.0
"""Somebody who cancelled wants to know why it takes longer than this."""
MOST_LOSSES: Final = 2
"""A job fails after this many servers forgot it or died while running it."""


class AskedBack(Exception):  # noqa: N818 - nothing is wrong
    """The prompt was removed from the server: it had not begun, and an idle server can run it, or the server rests. Or
    it was running, and was stopped because somebody else needs the GPU.
    """


@dataclass(frozen=True, slots=True)
class Interruptions:
    """Requests that may arrive while a job is on its server."""

    cancelled: asyncio.Event
    recalled: asyncio.Event
    """Set when an idle server asks for the job."""
    maybe_withdrawn: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the prompt may have been removed from its server's queue."""


async def attempt_prompt(
    run: Run, stream: EventStream, live: LiveProgress, interruptions: Interruptions, attempt: Attempt
) -> Ending | None:
    """Have the server run one prompt. Returns None if it was cancelled.

    Raises `AskedBack` if an idle server is to run it instead.
    """

    def reached(*, answers: bool) -> None:
        live.reached(answers=answers)
        if not answers:
            run.slot.refused()

    if run.job.stops:
        # It was to be stopped for somebody else, but the process may have died before it was.
        await stop(run.server, prompt_after(run.job.id, run.job.stops - 1))
    if await _was_cancelled(run):
        finished = await stop(run.server, attempt.prompt_id, ended=run.slot.stopped)
        return Ending(finished) if finished is not None else None
    live.show()
    pictures = live.sent = await attempt.socket_images(run.server, stream, run.pack.graph)
    with PromptRun(run.server, stream, attempt.prompt_id, live.listen, reached) as prompt:
        # The first claim need not ask, because nobody else has ever known this prompt_id.
        if run.job.epoch > 1 and await prompt.found():
            run.submitted.set()
            if run.job.pictures_approved and run.job.charged is not None:
                # Its images were billed when they were made, before a moderator looked at them.
                run.slot.meter.paid()
        else:
            live.starts_over()
            await _submit(run, prompt, interruptions, attempt)
        run.slot.taken.set()
        finished = await _end_of(run, prompt, interruptions)
        if finished is not None:
            run.slot.meter.ended(prompt.prompt_id, finished)
        return None if finished is None else await prompt.ending(finished, pictures)


async def _was_cancelled(run: Run) -> bool:
    """Whether the job was cancelled before this task listened. The ledger knows; a signal would have been missed."""
    job = await run.ledger.job(run.job.id)
    return job is not None and job.cancelled_by is not None


async def _submit(run: Run, prompt: PromptRun, interruptions: Interruptions, attempt: Attempt) -> None:
    """Put the job's values into a graph, and submit the graph to the server. If the server refuses it, its models may
    have changed since it was asked for them: then once more, by what it has now.
    """
    if run.job.losses >= MOST_LOSSES:
        raise Lost(prompt.prompt_id)
    values = await upload_files(run.server, run.ledger.shelf, run.pack, run.job.values, run.box, run.slot.taken.set)
    info = await run.server.object_info()
    try:
        await _submit_for(info, values, run, prompt, interruptions, attempt)
    except Rejected:
        now = await run.server.ask_object_info()
        if info is None or now is None or now.digest == info.digest:
            raise
        log.info("job %s: %s has other models or nodes than before: submitting it again", run.job.id, run.server.url)
        await _submit_for(now, values, run, prompt, interruptions, attempt)


async def _submit_for(
    info: ObjectInfo | None,
    values: Mapping[str, object],
    run: Run,
    prompt: PromptRun,
    interruptions: Interruptions,
    attempt: Attempt,
) -> None:
    graph, _ = await attempt.switched(run.server, bind(run.pack, values, info))
    run.substituted[:] = () if info is None else substitutions(run.pack, run.job.values, info)
    partner_key = _partner_key(run, graph, info)
    await run.confirmed()
    if run.slot.rests.is_set() or (interruptions.recalled.is_set() and run.slot.behind()):
        raise AskedBack
    for fault in await prompt.submit(graph, run.slot.taken.set, run.submitted, partner_key):
        log.warning("job %s: %s will skip an output node: %s", run.job.id, run.server.url, fault)


def _partner_key(run: Run, graph: Graph, info: ObjectInfo | None) -> str:
    """What pays for the graph's partner nodes; empty if it has none. Raises `PartnersRefused`."""
    spending = run.settings.spending
    if not partner_nodes(graph, run.library.distinct_infos if info is None else (info,)):
        return ""
    # The settings may have changed since the request.
    if not spending.allows_partners(run.job.guild_id):
        raise PartnersRefused
    run.slot.meter.pays_partners(spending.partner_price)
    return spending.partner_key


async def _end_of(run: Run, prompt: PromptRun, interruptions: Interruptions) -> Finished | None:
    """How the prompt ended; None if it was cancelled. Raises `AskedBack` where it was taken back."""
    end = asyncio.create_task(prompt.end())
    cancel = asyncio.create_task(interruptions.cancelled.wait())
    back = asyncio.create_task(_given_back(run, interruptions, prompt.prompt_id))
    halt = asyncio.create_task(_stop_asked(run))
    try:
        ended = await race(end, cancel, back, halt)
        if cancel not in ended:
            if back in ended:
                back.result()
                raise AskedBack
            return end.result() if end in ended else await _stopped(run, prompt.prompt_id)
    except Lost:
        # The prompt was removed from the queue, but the answer to that was lost or is still on its way.
        if interruptions.maybe_withdrawn.is_set() and run.slot.begun_at is None:
            raise AskedBack from None
        raise
    except Refused:
        # Nobody can find out how it ends, so it must not keep running for nobody.
        await stop(run.server, prompt.prompt_id, ended=run.slot.stopped)
        raise
    show = partial(_show_stopping, run)
    show(late=False)
    timer = asyncio.get_running_loop().call_later(_LATE_SECONDS, partial(show, late=True))
    try:
        return await stop(run.server, prompt.prompt_id, ended=run.slot.stopped)
    finally:
        timer.cancel()


def _show_stopping(run: Run, *, late: bool) -> None:
    run.message.show(partial(render_stopping, run.job, run.pack.title, late=late))


async def _given_back(run: Run, interruptions: Interruptions, prompt_id: str) -> None:
    """Return once the server dropped the job before it began: an idle server has asked for it, or this one rests."""
    slot, recalled = run.slot, interruptions.recalled
    while not slot.begun.is_set():
        await first_set(recalled, slot.rests, slot.begun, seconds=_LOOK_SECONDS)
        rests = slot.rests.is_set()
        if not slot.begun.is_set() and (rests or (recalled.is_set() and slot.behind())):
            interruptions.maybe_withdrawn.set()
            if await withdraw(run.server, prompt_id):
                slot.given_back = True
                return
        _refuse(run, recalled)
        if rests:
            # It has begun a moment ago, or the server did not answer.
            await first_set(slot.begun, seconds=_AGAIN_SECONDS)
    while True:
        await recalled.wait()
        _refuse(run, recalled)


def _refuse(run: Run, recalled: asyncio.Event) -> None:
    if recalled.is_set():
        recalled.clear()
        # Wakes the server that asked, so that it looks for another job.
        run.ledger.signals.ring()


async def _stop_asked(run: Run) -> None:
    """Return once somebody else needs the GPU while it works on the job, and the server can stop that."""
    slot, able = run.slot, run.server.abilities
    if not (able.stops_running and able.takes_our_ids):
        await asyncio.Event().wait()
    while not (slot.begun.is_set() and slot.stops.is_set()):
        await slot.begun.wait()
        await slot.stops.wait()


async def _stopped(run: Run, prompt_id: str) -> Finished:
    """Stop the prompt for somebody else. Returns how it ended if it was faster; otherwise raises `AskedBack`."""
    # First the note, so that after a crash nobody takes the stopped prompt for the member's image.
    await run.ledger.stopped(run.job)
    if (finished := await stop(run.server, prompt_id, ended=run.slot.meter.ended)) is not None:
        return finished
    run.slot.given_back = True
    raise AskedBack
