"""The button Publish: posts a private result for everyone in the channel."""

import logging
from dataclasses import replace

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.jobs import job_here
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import button_row, discord_file, download, renewed_text, result_buttons, words_of
from bot.spool import Box
from bot.translation import _
from bot.workflows import continuations

log = logging.getLogger(__name__)


async def press_publish(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Post the message and its files publicly, with the requester's name."""
    job = await job_here(interaction, job_id)
    message = interaction.message
    if job is None or message is None:
        return
    await begin_act(interaction, reply=False)
    # Record it before posting, so that of two presses only one posts.
    if not await interaction.client.ledger.publish(job.id):
        await tell(interaction, _("That image is already published."))
        return
    await interaction.edit_original_response(view=_buttons(interaction, replace(job, private=False), message))
    try:
        async with interaction.client.spool.box() as box:
            sent = await _post(interaction, replace(job, private=False), message, box)
    except (discord.HTTPException, PictureRefused, SpoolFailed, OSError, TimeoutError) as fault:
        log.warning("job %s: could not publish it: %s", job.id, fault)
        await interaction.client.ledger.publish(job.id, private=True)
        await interaction.edit_original_response(view=_buttons(interaction, job, message))
        await tell(interaction, _("I couldn’t publish that. Press **Publish** again in a moment."))
        return
    await interaction.client.ledger.moved(job.id, sent.id)


async def _post(
    interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message, box: Box
) -> discord.Message:
    words = words_of(job, title_of(interaction.client, job))
    files = [
        discord_file(
            await download(one.url, one.size, box), one.filename, renewed_text(one.description, one.filename, words)
        )
        for one in message.attachments
    ]
    by = "\n" + _("-# Made by <@{user_id}>").format(user_id=job.user_id)
    return await interaction.followup.send(
        message.content[: CONTENT - len(by)] + by,
        files=files,
        view=_buttons(interaction, job, message),
        wait=True,
    )


def _buttons(interaction: discord.Interaction[Darkroom], job: Job, message: discord.Message) -> discord.ui.View:
    offered = continuations(interaction.client.library, interaction.guild_id)
    return button_row(result_buttons(job, [one.filename for one in message.attachments], offered))
