"""The button Publish: posts a private result for everyone in the channel, by the rules of this moment."""

import logging
from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.jobs import job_here, seen_by_one
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.access.shown_again import checked_again, terms_here
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job, JobState
from bot.messages import (
    Attachment,
    FetchedMessage,
    button_row,
    discord_file,
    download,
    renewed_text,
    result_buttons,
    words_of,
)
from bot.messages.rendering.result_buttons import PUBLISH_ID
from bot.spool import Box
from bot.translation import N_, _
from bot.workflows import continuations

log = logging.getLogger(__name__)

_PUBLISHED: Final = N_("That image is already published.")
_IN_PROGRESS: Final = N_(
    "That image is already being published. If it doesn’t appear in a minute, press **Publish** again."
)
_NOT_DONE: Final = N_("That image isn’t done, so there is nothing to publish yet.")
_NOT_ITS_MESSAGE: Final = N_("Press **Publish** under the image itself. `/history` brings it back if it’s gone.")
_POSTING_SECONDS: Final = 60.0
"""How long a process has for posting, before another press may try."""
_FAILED: Final = N_("I couldn’t publish that. Press **Publish** again in a moment.")


async def press_publish(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Post the message and its files publicly, with the requester's name."""
    job = await job_here(interaction, job_id)
    message = interaction.message
    if job is None or message is None:
        return
    if (refusal := _why_not(interaction, job, message)) is not None:
        await tell(interaction, refusal)
        return
    terms = await terms_here(interaction, job)
    if isinstance(terms, str):
        await tell(interaction, terms)
        return
    await begin_act(interaction, reply=False)
    async with interaction.client.spool.box() as box:
        try:
            downloaded = await _files(interaction.client, job, message, box)
        except (PictureRefused, SpoolFailed) as fault:
            log.warning("job %s: could not publish it: %s", job.id, fault)
            await tell(interaction, _(_FAILED))
            return
        files = await checked_again(interaction, job, downloaded, terms, box)
        if isinstance(files, str):
            await tell(interaction, files)
        else:
            await _publish(interaction, job, message, files)


def _why_not(interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message) -> str | None:
    """Why there is nothing to publish. A modified client can press any button under any message."""
    if not job.private:
        return _(_PUBLISHED)
    if job.state is not JobState.DONE or job.deleted_by is not None:
        return _(_NOT_DONE)
    button = PUBLISH_ID.format(job_id=job.id)
    own = message.author == interaction.client.user and button in FetchedMessage.of(message).custom_ids
    return None if own and seen_by_one(interaction) else _(_NOT_ITS_MESSAGE)


async def _publish(
    interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message, files: tuple[Attachment, ...]
) -> None:
    ledger, public = interaction.client.ledger, replace(job, private=False)
    # Of two presses only one posts. It is private until it was posted: this process may die meanwhile.
    if not await ledger.publishing(job.id, _POSTING_SECONDS):
        await tell(interaction, _(_IN_PROGRESS))
        return
    try:
        sent = await _post(interaction, public, message, files)
    except (discord.HTTPException, aiohttp.ClientError, SpoolFailed, OSError, TimeoutError) as fault:
        log.warning("job %s: could not publish it: %s", job.id, fault)
        await ledger.publishing(job.id, 0)
        await tell(interaction, _(_FAILED))
        return
    visible = Requester.of(interaction).channel_visible
    await ledger.moved(job.id, sent.id, interaction.channel_id, visible=visible, public=True)
    await interaction.edit_original_response(view=_buttons(interaction, public, message))


async def _files(bot: Darkroom, job: Job, message: discord.Message, box: Box) -> list[Attachment]:
    """The message's files. Raises `PictureRefused` or `SpoolFailed`."""
    words = words_of(job, title_of(bot, job))
    return [
        Attachment(
            one.filename,
            await download(one.url, one.size, box),
            description=renewed_text(one.description, one.filename, words),
        )
        for one in message.attachments
    ]


async def _post(
    interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message, files: tuple[Attachment, ...]
) -> discord.Message:
    by = "\n" + _("-# Made by <@{user_id}>").format(user_id=job.user_id)
    return await interaction.followup.send(
        message.content[: CONTENT - len(by)] + by,
        files=[discord_file(one.content, one.filename, one.description) for one in files],
        view=_buttons(interaction, job, message),
        wait=True,
    )


def _buttons(interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message) -> discord.ui.View:
    offered = continuations(interaction.client.library, interaction.guild_id)
    return button_row(result_buttons(job, [one.filename for one in message.attachments], offered))
