"""Submitting a job: it is checked and written to the ledger, and the first reply shows its place in the queue."""

import logging
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import discord

from bot.discord_internals import role_ids
from bot.discord_ui.access.partner_nodes import partner_price, why_not_paid
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.access.rules import rules_for
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.places import no_direct_messages
from bot.discord_ui.requests.attachments import ImageAt, announced_pixels, check_attachments, store_files
from bot.discord_ui.requests.changed_part import ChangedPart, store_part
from bot.discord_ui.requests.first_reply import acknowledge, first_state, reply, why_no_estimate
from bot.discord_ui.requests.resolution import NO_DEFAULTS, Resolved, resolve, written_prompt
from bot.errors import BindError, LimitReached, PictureRefused, SpoolFailed
from bot.ledger import BY_RULE, Act, Entry, Job, NewJob, Standing
from bot.messages import (
    Address,
    explain,
    explain_limit,
    explain_missing,
    explain_problems,
    shown_prompt,
)
from bot.moderation.admission import Admitted, Order, Refused, admit, too_much
from bot.moderation.caps import within_caps
from bot.translation import N_, _, spoken
from bot.workflows import Effort, Pack, bind, complete, effort, needs

log = logging.getLogger(__name__)

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
    entry: Entry | None = None,
) -> bool:
    """`submit_request` for the member behind an interaction."""
    requester = Requester.of(interaction)
    return await submit_request(
        requester, pack, values, defaults=defaults, private=private, spoiler=spoiler, entry=entry
    )


async def submit_request(
    requester: Requester,
    pack: Pack,
    values: Mapping[str, object] | Resolved,
    *,
    defaults: Mapping[str, object] = NO_DEFAULTS,
    private: bool = False,
    spoiler: bool = False,
    entry: Entry | None = None,
) -> bool:
    """Submit a job for a pack with a member's values, or tell them everything that is wrong with those.
    Returns whether there is a job now.

    Values that are `Resolved` already, like those of a job that failed, are used as they are. `defaults` fill in what
    the values leave open. An image among the values is an attachment or a part of one to change; the job holds its id
    on the ledger's shelf. With `private`, only the member sees the reply. With `spoiler`, the images are hidden until
    clicked, whatever the channel's rules say. The moderators' log gets the `entry` with the job.
    """
    answers = requester.answers
    if (refusal := why_unusable(requester, pack)) is not None:
        await answers.refuse(refusal)
        return False
    resolved = values if isinstance(values, Resolved) else await resolve(requester, pack, values, defaults)
    if isinstance(resolved, str):
        await answers.refuse(resolved)
        return False
    attached = {
        name: value for name, value in resolved.values.items() if isinstance(value, discord.Attachment | ImageAt)
    }
    parts = {name: value for name, value in resolved.values.items() if isinstance(value, ChangedPart)}
    try:
        # Placeholders stand for the images' ids, so that everything else is checked before anything is downloaded.
        places = {name: f"attached {name}" for name in [*attached, *parts]}
        filled = complete(pack, {**resolved.values, **places}, requester.client.library.distinct_infos)
        filled = within_caps(pack, filled, resolved.values, defaults, requester.client.settings.caps)
        check_attachments(pack, attached)
    except BindError as fault:
        await answers.refuse(explain_problems(fault.problems, pack))
        return False
    except PictureRefused as fault:
        await answers.refuse(explain(fault))
        return False
    sizes = {places[name]: pixels for name, pixels in announced_pixels(attached).items()}
    work = effort(bind(pack, filled), sizes)
    admitted = await _admitted(requester, pack, filled, work, written_prompt(resolved), private=private)
    if admitted is None:
        return False
    admitted = replace(admitted, spoiler=admitted.spoiler or spoiler)
    given = resolved.given
    if attached or parts:
        # Downloading them may take longer than the three seconds that Discord waits for a first reply. If another
        # program has answered, this ends the request before anything is stored.
        await answers.wait(private=private)
        try:
            files = await store_files(requester.client, pack, attached, requester.guild_id)
            stored = {name: file.id for name, file in files.items()}
            for part in dict.fromkeys(parts.values()):
                stored |= await store_part(requester.client, part, admitted.allowance.pixels, requester.guild_id)
        except (PictureRefused, LimitReached, SpoolFailed) as fault:
            await answers.refuse(explain(fault))
            return False
        filled |= stored
        # How large an image is at an address of Discord's is known only now, and how long a video is.
        sizes = {file.id: file.pixels for file in files.values() if file.pixels is not None}
        lengths = {file.id: file.frames for file in files.values() if file.frames is not None}
        work = effort(bind(pack, filled), sizes, lengths)
        if (said := too_much(work, admitted.allowance, requester.client.settings.caps)) is not None:
            await _refuse(requester, Refused(said, Act.REFUSED, "limit"), filled, private=private)
            return False
        given = None if given is None else given | stored
    new = replace(new_job(requester, pack, filled, work, admitted, private=private), given=given)
    return await _queue(requester, pack, new, admitted, entry)


def why_unusable(requester: Requester, pack: Pack) -> str | None:
    """Why the pack cannot be used in this channel right now, whatever the values."""
    if requester.guild_id is None and not requester.client.settings.direct_messages.allowed:
        return no_direct_messages()
    title = shown_prompt(pack.title, 80)
    if pack.nsfw and not requester.age_restricted:
        return _("“{title}” only works in age-restricted channels. Use it in one of those.").format(title=title)
    if (unpaid := why_not_paid(requester, pack)) is not None:
        return unpaid
    library = requester.client.library
    if not library.available(pack.name):
        # Name what is missing on the server that lacks the fewest things.
        missing = min(library.lacking(pack.name).values(), key=len)
        unavailable = _(
            "“{title}” can’t run right now: it {needs}. It will work once an image server has that. Until then, pick "
            "another with `/workflows`."
        )
        return unavailable.format(title=title, needs=explain_missing(missing))
    return None


async def _queue(requester: Requester, pack: Pack, new: NewJob, admitted: Admitted, entry: Entry | None) -> bool:
    bot = requester.client
    before = await _submitted_before(requester)
    if before is not None:
        new = replace(new, id=before[0].id)
    message = bot.messages.at(new.id, Address.of_new(new))
    # Lock the message before the job exists: a worker may claim the job at once, and must not edit the message before
    # this reply is sent.
    async with message.replying, message.lock:
        try:
            job, standing = before or await bot.ledger.submit(new, admitted.allowance, _entries(new, entry))
        except LimitReached as fault:
            bot.messages.forget(new.id)
            if new.guild_id is not None:
                refused = Refused(explain_limit(fault), Act.REFUSED, "limit")
                bot.moderators_log.note(refused_entry(requester, refused, new.values, private=new.private))
            await requester.answers.refuse(explain_limit(fault))
            return False
        except Exception:
            bot.messages.forget(new.id)
            raise
        message.told = standing
        # Without an estimate, no server that could run it works, or none has been contacted yet.
        known = standing.ready_at is not None
        note = None if known else await why_no_estimate(bot.ledger, bot.library, job.workflow)
        first = first_state(job, pack.title, standing, admitted.paused, note)
        await reply(requester, job, first, message)
    await acknowledge(requester, job, message)
    if message.gone or bot.ledger.shared:
        # The process that runs the job edits the message itself.
        bot.messages.forget(new.id)
    return True


def _entries(new: NewJob, entry: Entry | None) -> list[Entry]:
    """What the moderators' log says about the job."""
    entries = [] if entry is None else [entry]
    if new.held_by == BY_RULE and new.guild_id is not None:
        held = Entry(new.guild_id, Act.HELD, user_id=new.user_id, detail=new.hold_reason or "")
        entries.append(replace(held, channel_id=new.channel_id))
    return entries


async def _submitted_before(requester: Requester) -> tuple[Job, Standing] | None:
    """The job, if another process had this interaction, and submitted it before it could no longer reply."""
    bot, interaction_id = requester.client, requester.interaction_id
    if interaction_id is None or not bot.intake.took_over(interaction_id):
        return None
    return await bot.ledger.interactions.job_of(requester.token)


async def _admitted(
    requester: Requester, pack: Pack, values: Mapping[str, object], work: Effort, written: str, *, private: bool
) -> Admitted | None:
    """How the rules admit the job. None if they refuse it: the member has been told why."""
    bot, member = requester.client, requester.user
    request = Order(member.id, role_ids(member), requester.channel_ids, pack, values, work, written)
    verdict = admit(await rules_for(bot, requester.guild_id, member.id), request, bot.settings.caps)
    if isinstance(verdict, Admitted):
        return verdict
    await _refuse(requester, verdict, values, private=private)
    return None


async def _refuse(requester: Requester, verdict: Refused, values: Mapping[str, object], *, private: bool) -> None:
    """Tell the member, and note it where moderators look."""
    if requester.guild_id is None:
        what = verdict.detail.partition(":")[0]
        log.info("refused a request of user %d in direct messages: %s", requester.user.id, what)
    else:
        requester.client.moderators_log.note(refused_entry(requester, verdict, values, private=private))
    await requester.answers.refuse(verdict.said)


def refused_entry(requester: Requester, refused: Refused, values: Mapping[str, object], *, private: bool) -> Entry:
    """The log entry of a refusal. Moderators read the prompt, that of a private request only if its words were why."""
    prompt = values.get("prompt") if refused.text is None else refused.text
    shown = isinstance(prompt, str) and (not private or refused.text is not None)
    return Entry(
        requester.guild_id or 0,
        refused.act,
        user_id=requester.user.id,
        detail=refused.detail,
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
        language=spoken().code,
        partner_price=partner_price(requester, pack),
    )
