"""Submitting a job: it is checked and written to the ledger, and the first reply shows its place in the queue."""

import asyncio
import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.discord_internals import role_ids
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import refuse, tell
from bot.discord_ui.requests.attachments import ImageAt, check_attachments, store_files
from bot.discord_ui.requests.resolution import resolve
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
    why_away,
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
    values: Mapping[str, object],
    *,
    private: bool = False,
    spoiler: bool = False,
) -> None:
    """Submit a job for a pack with a member's values, or tell them everything that is wrong with those.

    An image among the values is an attachment; the job holds its id on the ledger's shelf. With `private`, only the
    member sees the reply. With `spoiler`, the images are hidden until clicked, whatever the channel's rules say.
    """
    if (refusal := _refusal(interaction, pack)) is not None:
        await tell(interaction, refusal)
        return
    resolved = await resolve(interaction, pack, values)
    if isinstance(resolved, str):
        await tell(interaction, resolved)
        return
    attached = {
        name: value for name, value in resolved.values.items() if isinstance(value, discord.Attachment | ImageAt)
    }
    try:
        # Placeholders stand for the images' ids, so that everything else is checked before anything is downloaded.
        filled = complete(
            pack, {**resolved.values, **dict.fromkeys(attached, "attached")}, interaction.client.library.distinct_infos
        )
        check_attachments(pack, attached)
    except BindError as fault:
        await tell(interaction, explain_problems(fault.problems, pack))
        return
    except PictureRefused as fault:
        await tell(interaction, explain(fault))
        return
    work = effort(bind(pack, filled))
    admitted = await _admitted(interaction, pack, filled, work, private=private)
    if admitted is None:
        return
    admitted = replace(admitted, spoiler=admitted.spoiler or spoiler)
    given = resolved.given
    if attached:
        # Downloading them may take longer than the three seconds that Discord waits for a first reply.
        await interaction.response.defer(thinking=True, ephemeral=private)
        try:
            stored = await store_files(interaction.client, pack, attached)
        except (PictureRefused, SpoolFailed) as fault:
            await refuse(interaction, explain(fault))
            return
        filled |= stored
        given = None if given is None else given | stored
    new = replace(_new_job(interaction, pack, filled, work, admitted, private=private), given=given)
    await _queue(interaction, pack, new, admitted)


def _refusal(interaction: discord.Interaction[Darkroom], pack: Pack) -> str | None:
    """Why the pack cannot be used in this channel right now, whatever the values."""
    title = shown_prompt(pack.title, 80)
    if pack.nsfw and not age_restricted(interaction):
        return _("“{title}” only works in age-restricted channels. Use it in one of those.").format(title=title)
    library = interaction.client.library
    if not library.available(pack.name):
        # Name what is missing on the server that lacks the fewest things.
        missing = min(library.lacking(pack.name).values(), key=len)
        unavailable = _(
            "“{title}” can’t run right now: it {needs}. It works again once an image server has that. Until then, pick "
            "another with `/workflows`."
        )
        return unavailable.format(title=title, needs=explain_missing(missing))
    return None


def age_restricted(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this channel, or the parent of this thread, is age-restricted. Direct messages are not."""
    is_nsfw = getattr(interaction.channel, "is_nsfw", None)
    return is_nsfw is not None and bool(is_nsfw())


async def _queue(interaction: discord.Interaction[Darkroom], pack: Pack, new: NewJob, admitted: Admitted) -> None:
    bot = interaction.client
    message = bot.messages.at(new.id, Address.of_new(new))
    # Lock the message before the job exists: a worker may claim the job at once, and must not edit the message before
    # this reply is sent.
    async with message.lock:
        try:
            job, standing = await bot.ledger.submit(new, admitted.allowance)
        except LimitReached as fault:
            bot.messages.forget(new.id)
            if new.guild_id is not None:
                refused = _refused_entry(interaction, Act.REFUSED, "limit", new.values, private=new.private)
                bot.moderators_log.note(refused)
            await refuse(interaction, explain_limit(fault))
            return
        except Exception:
            bot.messages.forget(new.id)
            raise
        message.told = standing
        # Without an estimate, either no server works or none has been contacted yet.
        note = await _why_away(bot.ledger) if standing.ready_at is None else None
        await _reply(interaction, job, _first_state(job, pack.title, standing, admitted.paused, note), message)
    await _acknowledge(bot.ledger, job, message)
    if job.hidden and job.guild_id is not None and not message.gone:
        held = Entry(job.guild_id, Act.HELD, user_id=job.user_id, job_id=job.id, detail=job.hold_reason or "")
        bot.moderators_log.note(replace(held, channel_id=job.channel_id))
    if message.gone or bot.ledger.shared:
        # The process that runs the job edits the message itself.
        bot.messages.forget(new.id)


async def _admitted(
    interaction: discord.Interaction[Darkroom],
    pack: Pack,
    values: Mapping[str, object],
    work: Effort,
    *,
    private: bool,
) -> Admitted | None:
    """How the guild's rules admit the job. None if they refuse it: the member has been told why."""
    if interaction.guild_id is None:
        return Admitted(Allowance())
    bot, member = interaction.client, interaction.user
    request = Order(member.id, role_ids(member), channel_ids(interaction), pack, values, work)
    verdict = admit(await bot.ledger.rules.book(interaction.guild_id), request)
    if isinstance(verdict, Admitted):
        return verdict
    bot.moderators_log.note(_refused_entry(interaction, verdict.act, verdict.detail, values, private=private))
    await refuse(interaction, verdict.said)
    return None


def _refused_entry(
    interaction: discord.Interaction[Darkroom], act: Act, detail: str, values: Mapping[str, object], *, private: bool
) -> Entry:
    """The log entry of a refusal. Moderators read the prompt, that of a private request only if its words were why."""
    prompt = values.get("prompt")
    shown = isinstance(prompt, str) and (not private or detail.startswith("words: "))
    return Entry(
        interaction.guild_id or 0,
        act,
        user_id=interaction.user.id,
        detail=detail,
        channel_id=interaction.channel_id,
        prompt=str(prompt) if shown else None,
    )


def channel_ids(interaction: discord.Interaction[Darkroom]) -> tuple[int, ...]:
    """The ids of the channel, its parent if it is a thread, and their category, in this order."""
    channel = interaction.channel
    # A thread always carries its parent's id, even if the parent itself is not in the cache.
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    holder = channel.parent if isinstance(channel, discord.Thread) else channel
    found = (interaction.channel_id, parent_id, getattr(holder, "category_id", None))
    return tuple(one for one in found if one is not None)


def _channel_visible(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether the bot can edit its reply once the interaction's token has expired."""
    if interaction.guild_id is None:
        return interaction.context.dm_channel
    return interaction.app_permissions.view_channel


def _new_job(
    interaction: discord.Interaction[Darkroom],
    pack: Pack,
    values: Mapping[str, object],
    work: Effort,
    admitted: Admitted,
    *,
    private: bool,
) -> NewJob:
    channel_id = interaction.channel_id
    assert channel_id is not None  # noqa: S101 - commands and buttons always come from a channel
    return NewJob(
        id=str(uuid.uuid4()),
        guild_id=interaction.guild_id,
        channel_id=channel_id,
        user_id=interaction.user.id,
        application_id=interaction.application_id,
        interaction_token=interaction.token,
        upload_limit=interaction.filesize_limit,
        workflow=pack.name,
        values=values,
        channel_visible=not private and _channel_visible(interaction),
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
    )


def _first_state(job: Job, title: str, standing: Standing, paused: GuildRules | None, note: str | None) -> Rendered:
    """The first state of a job's message: held, paused, or its place in the queue."""
    if job.held_by is not None:
        return render_held(job, title)
    if paused is not None and paused.paused_by is not None:
        return render_paused(job, title, paused.paused_by, paused.pause_reason)
    return render_queued(job, title, standing, note)


async def _why_away(ledger: Ledger) -> str | None:
    """Why no server can be used. None if one can."""
    servers = await ledger.servers.known()
    return why_away([server.trouble for server in servers]) if ledger.servers.away(servers) else None


async def _reply(interaction: discord.Interaction[Darkroom], job: Job, rendered: Rendered, message: JobMessage) -> None:
    """Reply with the first state of the job's message."""
    view = button_row(rendered.buttons)
    message_id: int | None
    try:
        async with asyncio.timeout(_REPLY_SECONDS):
            if interaction.response.is_done():
                edited = await interaction.edit_original_response(content=rendered.content, view=view)
                message_id = edited.id
            else:
                reply = await interaction.response.send_message(rendered.content, view=view, ephemeral=job.private)
                message_id = reply.message_id
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("job %s: it is not known whether its message was sent: %s", job.id, fault)
        message_id = None
    if message_id is None:
        message.unread = True
    else:
        message.acknowledged(message_id, rendered)


async def _acknowledge(ledger: Ledger, job: Job, message: JobMessage) -> None:
    """Record that the reply was sent. Without one the member knows nothing of the job, so cancel it."""
    # Only Discord's response may have been lost: ask whether the reply itself is there.
    await message.read()
    if not message.gone:
        await ledger.acknowledged(job.id, message.message_id)
        return
    log.warning("job %s: its message could not be sent, so the job is cancelled", job.id)
    try:
        await ledger.cancel(job.id, by=job.user_id)
        await ledger.told(job.id)
    except LedgerAway as fault:
        log.warning("job %s: could not cancel it; its worker will notice that it has no message: %s", job.id, fault)
