"""Update the message of a job that was cancelled while it waited. For a running job, its worker does this."""

import logging
from dataclasses import replace

from bot.errors import LedgerAway
from bot.ledger import Job, Ledger
from bot.messages.delivery.job_messages import JobMessages
from bot.messages.rendering.job_rendering import render_cancelled
from bot.messages.requests.refusals import Undeliverable

log = logging.getLogger(__name__)


async def tell_cancelled(messages: JobMessages, ledger: Ledger, job: Job, title: str, by: int) -> None:
    """Show that `by` cancelled the job. If the bot dies first, the ledger still lists the message as outdated."""
    try:
        await messages.of(job).finish(render_cancelled(replace(job, cancelled_by=by), title))
    except Undeliverable as fault:
        log.info("job %s: its message can no longer be edited: %s", job.id, fault)
    messages.forget(job.id)
    try:
        await ledger.told(job.id)
    except LedgerAway as fault:
        log.warning("job %s: its cancellation will be announced again: %s", job.id, fault)
