"""The first reply to a request: the state that it shows, and what follows if it did not arrive."""

import asyncio
import logging
from typing import Final

import aiohttp
import discord

from bot.discord_internals import AnsweredElsewhere
from bot.discord_ui.access.requester import Requester
from bot.errors import LedgerAway
from bot.ledger import GuildRules, Job, Ledger, Standing
from bot.messages import (
    JobMessage,
    Rendered,
    button_row,
    render_held,
    render_paused,
    render_queued,
    why_waiting,
)
from bot.workflows import Library

log = logging.getLogger(__name__)

_REPLY_SECONDS: Final = 10.0
"""Stop waiting for Discord's response to the first reply after this long. Discord rejects one after three seconds."""
_MESSAGE: Final = discord.InteractionResponseType.channel_message.value


def first_state(job: Job, title: str, standing: Standing, paused: GuildRules | None, note: str | None) -> Rendered:
    """The first state of a job's message: held, paused, or its place in the queue."""
    if job.held_by is not None:
        return render_held(job, title)
    if paused is not None and paused.paused_by is not None:
        return render_paused(job, title, paused.paused_by, paused.pause_reason)
    return render_queued(job, title, standing, note)


async def why_no_estimate(ledger: Ledger, library: Library, workflow: str) -> str | None:
    """Why no server takes jobs of this workflow. None if one does."""
    servers = await ledger.servers.known()
    able = [server for server in servers if library.runs(server.url, workflow)]
    return why_waiting(servers, away=ledger.servers.away(servers)) or why_waiting(able, away=False)


async def reply(requester: Requester, job: Job, rendered: Rendered, message: JobMessage) -> None:
    """Reply with the first state of the job's message."""
    view = button_row(rendered.buttons)
    try:
        async with asyncio.timeout(_REPLY_SECONDS):
            message_id = await requester.answers.show(rendered.content, view, private=job.private)
    except AnsweredElsewhere as fault:
        # A process that shares the ledger may have answered for the same job.
        if not fault.unsure and not requester.client.ledger.shared:
            message.give_up()
            return
        message_id = None
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("job %s: it is not known whether its message was sent: %s", job.id, fault)
        message_id = None
    if message_id is None:
        message.unread = True
    else:
        message.acknowledged(message_id, rendered)


async def acknowledge(requester: Requester, job: Job, message: JobMessage) -> None:
    """Record that the reply was sent. Without one the member knows nothing of the job, so cancel it."""
    bot, ledger = requester.client, requester.client.ledger
    # Only Discord's response may have been lost: ask whether the reply itself is there.
    await message.read()
    if not message.gone:
        await ledger.acknowledged(job.id, message.message_id)
        return
    if message.taken:
        log.info("job %s: another program has answered, so the job is withdrawn", job.id)
        if requester.interaction_id is None:
            bot.other_program.noticed()
        else:
            bot.intake.answered_elsewhere(requester.interaction_id, _MESSAGE)
    else:
        log.warning("job %s: its message could not be sent, so the job is cancelled", job.id)
    try:
        await ledger.cancel(job.id, by=job.user_id)
        await ledger.told(job.id)
        await ledger.audit.withdraw(job.id)
    except LedgerAway as fault:
        log.warning("job %s: could not cancel it; its worker will notice that it has no message: %s", job.id, fault)
