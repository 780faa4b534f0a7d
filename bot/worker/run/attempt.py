"""One prompt of a job on its server: submitted once, followed to its end, cancelled or taken back on the way."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Final

from bot.comfyui import Attempt, Ending, Finished, PromptRun, Stream, stop, withdraw
from bot.concurrency import race
from bot.errors import Lost, Refused
from bot.messages import render_stopping
from bot.worker.files.uploads import upload_pictures
from bot.worker.run.live_progress import Watching
from bot.worker.run.run import Run
from bot.workflows import bind

log = logging.getLogger(__name__)

MOST_LOSSES: Final = 2
"""After so many servers forgot a job, or died over it, it fails."""


class AskedBack(Exception):  # noqa: N818 - nothing is wrong
    """The prompt had not begun, and was taken out of the server's queue: another server is idle and can run it."""


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

    if await _was_cancelled(run):
        finished = await stop(run.server, attempt.prompt_id)
        return Ending(finished) if finished is not None else None
    watching.show()
    pictures = watching.sent = await attempt.pictures(run.server, stream, run.pack.graph)
    with PromptRun(run.server, stream, attempt.prompt_id, watching.listen, reached) as prompt:
        # The first claim need not ask: nobody else has ever known this prompt_id.
        if run.job.epoch > 1 and await prompt.found():
            run.submitted.set()
            watching.reattached()
        else:
            await _submit(run, prompt, asked, attempt)
        run.slot.taken.set()
        finished = await _end_of(run, prompt, asked)
        return None if finished is None else await prompt.ending(finished, pictures)


async def _was_cancelled(run: Run) -> bool:
    """Whether somebody cancelled before this task listened: the ledger knows, a signal would have been missed."""
    job = await run.ledger.job(run.job.id)
    return job is not None and job.cancelled_by is not None


async def _submit(run: Run, prompt: PromptRun, asked: Asked, attempt: Attempt) -> None:
    """Put the job's values into a graph and the graph into the server."""
    if run.job.losses >= MOST_LOSSES:
        raise Lost(prompt.prompt_id)
    values = await upload_pictures(run.server, run.ledger.shelf, run.pack, run.job.values, run.box, run.slot.taken.set)
    graph, _ = await attempt.switched(run.server, bind(run.pack, values, await run.server.object_info()))
    await run.confirmed()
    if asked.back.is_set() and run.slot.behind():
        raise AskedBack
    for fault in await prompt.submit(graph, run.slot.taken.set, run.submitted):
        log.warning("job %s: %s will skip an output node: %s", run.job.id, run.server.url, fault)


async def _end_of(run: Run, prompt: PromptRun, asked: Asked) -> Finished | None:
    """How the prompt ended; None if it was cancelled. Raises `AskedBack` where it was taken back before it began."""
    end = asyncio.create_task(prompt.end())
    cancel = asyncio.create_task(asked.to_cancel.wait())
    back = asyncio.create_task(_taken_back(run, asked, prompt.prompt_id))
    try:
        ended = await race(end, cancel, back)
        if cancel not in ended:
            if back in ended:
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
        await stop(run.server, prompt.prompt_id)
        raise
    run.message.show(lambda: render_stopping(run.job, run.pack.title))
    return await stop(run.server, prompt.prompt_id)


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
