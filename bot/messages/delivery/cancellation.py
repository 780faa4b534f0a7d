"""Update the message of a job that was cancelled while it waited. For a running job, its worker does this."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.errors import LedgerAway
from bot.ledger import BY_RULE, Job, JobState, Ledger
from bot.messages.delivery.job_messages import JobMessages
from bot.messages.rendering.job_rendering import render_cancelled
from bot.messages.requests.refusals import Undeliverable
from bot.translation import _, language_called, speaking

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


async def cancel_all_of_guild(
    messages: JobMessages, ledger: Ledger, titled: Callable[[str], str], guild_id: int
) -> None:
    """Cancel everything that a guild without the bot has in the queue, and show it where that is still possible.
    `titled` knows the workflows' titles.
    """
    with speaking(language_called(await ledger.rules.language(guild_id))):
        reason = _("I’m not in this server any more")
    stopped = await ledger.stop(guild_id, by=BY_RULE, reason=reason)
    log.info("guild %d: the bot is not there any more, %d jobs cancelled", guild_id, len(stopped))
    for job in stopped:
        if job.state is JobState.CANCELLED:
            await tell_cancelled(messages, ledger, job, titled(job.workflow), BY_RULE)
