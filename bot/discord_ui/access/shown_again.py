"""Before a finished image appears in a channel once more: ask the rules and the image check again, fit its files."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

import discord

from bot.discord_limits import FILE_BYTES
from bot.discord_ui.access.requester import age_restricted, channel_ids
from bot.discord_ui.access.rules import rules_for
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.errors import SpoolFailed
from bot.ledger import Act, Entry, GuildRules, Job
from bot.messages import Attachment, shown_prompt, spoilered
from bot.moderation.admission import Refused
from bot.moderation.publication import Showing, show_again
from bot.spool import Box
from bot.translation import N_, _
from bot.worker import SPOILER, PicturePolicy

log = logging.getLogger(__name__)

_CHECKED = N_("The image check blocked this image here. Request one with another prompt.")


@dataclass(frozen=True, slots=True)
class Terms:
    """How an image may be shown here, as far as the rules say without looking at it."""

    spoiler: bool
    guild: GuildRules


async def terms_here(interaction: discord.Interaction[Darkroom], job: Job) -> Terms | str:
    """How a finished job may be shown in this channel now, or why not: words for the member, and a line in the log."""
    bot = interaction.client
    showing = Showing(
        job,
        interaction.user.id,
        channel_ids(interaction),
        age_restricted(interaction),
        bot.library.packs.get(job.workflow),
        shown_prompt(title_of(bot, job), 80),
    )
    book = await rules_for(bot, interaction.guild_id, interaction.user.id)
    verdict = show_again(book, showing)
    if isinstance(verdict, Refused):
        _note(interaction, job, verdict.act, verdict.detail, verdict.text)
        return verdict.said
    return Terms(verdict.spoiler, book.guild)


async def checked_again(
    interaction: discord.Interaction[Darkroom], job: Job, files: Sequence[Attachment], terms: Terms, box: Box
) -> tuple[Attachment, ...] | str:
    """The files as they may be shown here now, or why not. That can take longer than Discord waits for an answer."""
    bot, spoiler = interaction.client, terms.spoiler
    # What a moderator has seen and approved is not checked a second time.
    if not job.pictures_approved:
        named = [(one.filename, one.content) for one in files]
        policy = PicturePolicy.of(job, terms.guild)
        objection = await bot.judge.look(job, named, policy, partial(bot.conversions.samples, box))
        if objection is not None:
            spoiler = objection.action == SPOILER
            _note(interaction, job, Act.IMAGE_SPOILERED if spoiler else Act.IMAGE_REFUSED, objection.why)
            if not spoiler:
                return _(_CHECKED)
    # That took a while: moderators may have blocked the member meanwhile.
    now = await terms_here(interaction, job)
    if isinstance(now, str):
        return now
    return spoilered(files) if spoiler or now.spoiler else tuple(files)


async def fit_to_limit(bot: Darkroom, box: Box, files: Sequence[Attachment], limit: int) -> list[Attachment]:
    """Stored files, each scaled down to its share of one message if it is larger; `limit` is in bytes per file. Those
    that can't be are missing.
    """
    share = min(limit, FILE_BYTES // max(1, len(files)))
    fitted: list[Attachment] = []
    for file in files:
        try:
            copy = await bot.conversions.fit(box, file.content, share)
        except SpoolFailed as fault:
            log.info("could not fit a stored file to the upload limit: %s", fault)
            continue
        if copy is not None:
            name = PurePosixPath(file.filename)
            fitted.append(Attachment(str(name.with_suffix(copy.suffix or name.suffix)), copy.content, file.caption))
    return fitted


def _note(
    interaction: discord.Interaction[Darkroom], job: Job, act: Act, detail: str, prompt: str | None = None
) -> None:
    if interaction.guild_id is None:
        return
    entry = Entry(
        interaction.guild_id,
        act,
        user_id=interaction.user.id,
        job_id=job.id,
        detail=detail,
        channel_id=interaction.channel_id,
        prompt=prompt,
    )
    interaction.client.moderators_log.note(entry)
