"""Submitting a job: it is checked and written to the ledger, and the first reply shows its place in the queue."""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.discord_internals import AnsweredElsewhere, role_ids
from bot.discord_ui.access.requester import Answers, Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.attachments import ImageAt, check_attachments, store_files
from bot.discord_ui.requests.changed_part import ChangedPart, store_part
from bot.discord_ui.requests.resolution import NO_DEFAULTS, Resolved, resolve
from bot.errors import BindError, LedgerAway, LimitReached, PictureRefused, SpoolFailed
from bot.ledger import BY_RULE, Act, Allowance, Entry, GuildRules, Job, Ledger, NewJob, Standing
from bot.messages import (
    Address,
    JobMessage,
    Rendered,
    button_row,
    explain,
    explain_limit,
    explain_missing,
    explain_problems,
    render_held,
    render_paused,
    render_queued,
    shown_prompt,
    why_waiting,
)
from bot.moderation.admission import Admitted, Order, admit
from bot.translation import N_, _
from bot.workflows import Effort, Pack, bind, complete, effort, needs

log = logging.getLogger(__name__)

_REPLY_SECONDS: Final = 10.0
"""Stop waiting for Discord's response to the first reply after this long. Discord rejects one after three seconds."""
PRIVATE_DESCRIPTION: Final = N_("Keep the result private until you publish it")
"""The description of every command's option `private`."""


async def submit_job(
    interaction: discord.Interaction[Darkroom],
    pack: Pack,
    values: Mapping[str, object] | Resolved,
    *,
    defaults: Mapping[str, object] = NO_DEFAULTS,
    private: bool = False,
    spoiler: bool = False,
) -> None:
    """`submit_request` for the member behind an interaction."""
    requester = Requester.of(interaction)
    await submit_request(requester, pack, values, defaults=defaults, private=private, spoiler=spoiler)


async def submit_request(
    requester: Requester,
    pack: Pack,
    values: Mapping[str, object] | Resolved,
    *,
    defaults: Mapping[str, object] = NO_DEFAULTS,
    private: bool = False,
    spoiler: bool = False,
) -> None:
    """Submit a job for a pack with a member's values, or tell them everything that is wrong with those.

    Values that are `Resolved` already, like those of a job that failed, are used as they are. `defaults` fill in what
    the values leave open. An image among the values is an attachment or a part of one to change; the job holds its id
    on the ledger's shelf. With `private`, only the member sees the reply. With `spoiler`, the images are hidden until
    clicked, whatever the channel's rules say.
    """
    answers = requester.answers
    if (refusal := why_unusable(requester, pack)) is not None:
        await answers.refuse(refusal)
        return
    resolved = values if isinstance(values, Resolved) else await resolve(requester, pack, values, defaults)
    if isinstance(resolved, str):
        await answers.refuse(resolved)
        return
    attached = {
        name: value for name, value in resolved.values.items() if isinstance(value, discord.Attachment | ImageAt)
    }
    parts = {name: value for name, value in resolved.values.items() if isinstance(value, ChangedPart)}
    try:
        # Placeholders stand for the images' ids, so that everything else is checked before anything is downloaded.
        filled = complete(
            pack,
            {**resolved.values, **dict.fromkeys([*attached, *parts], "attached")},
            requester.client.library.distinct_infos,
        )
        check_attachments(pack, attached)
    except BindError as fault:
        await answers.refuse(explain_problems(fault.problems, pack))
        return
    except PictureRefused as fault:
        await answers.refuse(explain(fault))
        return
    work = effort(bind(pack, filled))
    admitted = await _admitted(requester, pack, filled, work, private=private)
    if admitted is None:
        return
    admitted = replace(admitted, spoiler=admitted.spoiler or spoiler)
    given = resolved.given
    if attached or parts:
        # Downloading them may take longer than the three seconds that Discord waits for a first reply. If another
        # program has answered, this ends the request before anything is stored.
        await answers.wait(private=private)
        try:
            stored = await store_files(requester.client, pack, attached)
            for part in dict.fromkeys(parts.values()):
                stored |= await store_part(requester.client, part, admitted.allowance.pixels)
        except (PictureRefused, SpoolFailed) as fault:
            await answers.refuse(explain(fault))
            return
        filled |= stored
        given = None if given is None else given | stored
    new = replace(new_job(requester, pack, filled, work, admitted, private=private), given=given)
    await _queue(requester, pack, new, admitted)


def why_unusable(requester: Requester, pack: Pack) -> str | None:
    """Why the pack cannot be used in this channel right now, whatever the values."""
    title = shown_prompt(pack.title, 80)
    if pack.nsfw and not requester.age_restricted:
        return _("“{title}” only works in age-restricted channels. Use it in one of those.").format(title=title)
    library = requester.client.library
    if not library.available(pack.name):
        # Name what is missing on the server that lacks the fewest things.
        missing = min(library.lacking(pack.name).values(), key=len)
        unavailable = _(
            "“{title}” can’t run right now: it {needs}. It works again once an image server has that. Until then, pick "
            "another with `/workflows`."
        )
        return unavailable.format(title=title, needs=explain_missing(missing))
    return None


async def _queue(requester: Requester, pack: Pack, new: NewJob, admitted: Admitted) -> None:
    bot = requester.client
    message = bot.messages.at(new.id, Address.of_new(new))
    # Lock the message before the job exists: a worker may claim the job at once, and must not edit the message before
    # this reply is sent.
    async with message.lock:
        try:
            job, standing = await bot.ledger.submit(new, admitted.allowance)
        except LimitReached as fault:
            bot.messages.forget(new.id)
            if new.guild_id is not None:
                refused = _refused_entry(requester, Act.REFUSED, "limit", new.values, private=new.private)
                bot.moderators_log.note(refused)
            await requester.answers.refuse(explain_limit(fault))
            return
        except Exception:
            bot.messages.forget(new.id)
            raise
        message.told = standing
        # Without an estimate, either no server works or none has been contacted yet.
        note = await _why_waiting(bot.ledger) if standing.ready_at is None else None
        await _reply(requester.answers, job, _first_state(job, pack.title, standing, admitted.paused, note), message)
    await _acknowledge(bot, job, message)
    if job.hidden and job.guild_id is not None and not message.gone:
        held = Entry(job.guild_id, Act.HELD, user_id=job.user_id, job_id=job.id, detail=job.hold_reason or "")
        bot.moderators_log.note(replace(held, channel_id=job.channel_id))
    if message.gone or bot.ledger.shared:
        # The process that runs the job edits the message itself.
        bot.messages.forget(new.id)


async def _admitted(
    requester: Requester, pack: Pack, values: Mapping[str, object], work: Effort, *, private: bool
) -> Admitted | None:
    """How the guild's rules admit the job. None if they refuse it: the member has been told why."""
    if requester.guild_id is None:
        return Admitted(Allowance())
    bot, member = requester.client, requester.user
    request = Order(member.id, role_ids(member), requester.channel_ids, pack, values, work)
    verdict = admit(await bot.ledger.rules.book(requester.guild_id), request)
    if isinstance(verdict, Admitted):
        return verdict
    bot.moderators_log.note(_refused_entry(requester, verdict.act, verdict.detail, values, private=private))
    await requester.answers.refuse(verdict.said)
    return None


def _refused_entry(
    requester: Requester, act: Act, detail: str, values: Mapping[str, object], *, private: bool
) -> Entry:
    """The log entry of a refusal. Moderators read the prompt, that of a private request only if its words were why."""
    prompt = values.get("prompt")
    shown = isinstance(prompt, str) and (not private or detail.startswith("words: "))
    return Entry(
        requester.guild_id or 0,
        act,
        user_id=requester.user.id,
        detail=detail,
        channel_id=requester.channel_id,
        prompt=str(prompt) if shown else None,
    )


def new_job(
    requester: Requester,
    pack: Pack,
    values: Mapping[str, object],
    work: Effort,
    admitted: Admitted,
    *,
    private: bool,
) -> NewJob:
    """The job for a request that was admitted."""
    return NewJob(
        id=str(uuid.uuid4()),
        guild_id=requester.guild_id,
        channel_id=requester.channel_id,
        user_id=requester.user.id,
        application_id=requester.application_id,
        interaction_token=requester.token,
        upload_limit=requester.filesize_limit,
        workflow=pack.name,
        values=values,
        channel_visible=not private and requester.channel_visible,
        pictures=work.pictures,
        models=work.models,
        needs=needs(pack, values),
        size_class=work.size_class,
        guess=work.seconds,
        held_by=None if admitted.held is None else BY_RULE,
        hold_reason=admitted.held,
        spoiler=admitted.spoiler,
        private=private,
        previews=admitted.previews,
        pressed_at=requester.pressed_at,
        link_id=requester.link_id,
    )


def _first_state(job: Job, title: str, standing: Standing, paused: GuildRules | None, note: str | None) -> Rendered:
    """The first state of a job's message: held, paused, or its place in the queue."""
    if job.held_by is not None:
        return render_held(job, title)
    if paused is not None and paused.paused_by is not None:
        return render_paused(job, title, paused.paused_by, paused.pause_reason)
    return render_queued(job, title, standing, note)


async def _why_waiting(ledger: Ledger) -> str | None:
    """Why no server takes jobs. None if one does."""
    servers = await ledger.servers.known()
    return why_waiting(servers, away=ledger.servers.away(servers))


async def _reply(answers: Answers, job: Job, rendered: Rendered, message: JobMessage) -> None:
    """Reply with the first state of the job's message."""
    view = button_row(rendered.buttons)
    try:
        async with asyncio.timeout(_REPLY_SECONDS):
            message_id = await answers.show(rendered.content, view, private=job.private)
    except AnsweredElsewhere as fault:
        if not fault.unsure:
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


async def _acknowledge(bot: Darkroom, job: Job, message: JobMessage) -> None:
    """Record that the reply was sent. Without one the member knows nothing of the job, so cancel it."""
    ledger = bot.ledger
    # Only Discord's response may have been lost: ask whether the reply itself is there.
    await message.read()
    if not message.gone:
        await ledger.acknowledged(job.id, message.message_id)
        return
    if message.taken:
        log.info("job %s: another program has answered, so the job is withdrawn", job.id)
        bot.other_program.noticed()
    else:
        log.warning("job %s: its message could not be sent, so the job is cancelled", job.id)
    try:
        await ledger.cancel(job.id, by=job.user_id)
        await ledger.told(job.id)
    except LedgerAway as fault:
        log.warning("job %s: could not cancel it; its worker will notice that it has no message: %s", job.id, fault)
