"""A finished picture once more, for its owner alone: from the message that carries it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import PurePosixPath
from typing import Final

import discord

from bot.discord_ui.access.viewer import Viewer, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import picked
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import button_row, discord_file, download, link_to, result_buttons, shown_prompt, unpack_files
from bot.spool import Box, size_of
from bot.workflows import continuations
from bot.workflows.imports.recipes import recipe_of_values

log = logging.getLogger(__name__)

_SECONDS: Final = 20.0
_MOST_BYTES: Final = 24 * 2**20
"""Of all files together; Discord takes 25 MiB a request."""

_NOT_HERE: Final = "That picture is not here any more. `/history` lists those that are."
_GONE: Final = "Its message is gone, or is where I cannot look any more. This is what it was made from."
_EMPTY: Final = "Its message carries no files any more. This is what it was made from."
_TOO_LARGE: Final = "Not all of it fits into a message here."
_HEAVY: Final = "Not all of it fits into this answer: the message has the rest."

_few_at_a_time = asyncio.Semaphore(2)
"""An answer has up to ten files open."""


class _OutOfReach(Exception):  # noqa: N818 - it says what was found
    """The message cannot be read."""


async def press_bring(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Show the picked picture again, with its recipe and the way to its message."""
    bot = interaction.client
    job = await bot.ledger.job(picked(interaction))
    if job is None or not Viewer.of(interaction).owns(job):
        await tell(interaction, _NOT_HERE)
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    async with _few_at_a_time, bot.spool.box() as box:
        try:
            files, notes = await _files(bot, job, min(_MOST_BYTES, interaction.filesize_limit), box)
        except _OutOfReach as fault:
            log.info("job %s: could not read its message again: %s", job.id, fault)
            files, notes = [], [_GONE]
        else:
            notes += [link] if (link := link_to(job)) else []
        await _show(interaction, job, files, notes)


async def _show(
    interaction: discord.Interaction[Darkroom], job: Job, files: list[discord.File], notes: list[str]
) -> None:
    pack = interaction.client.library.packs.get(job.workflow)
    heading = f"**{shown_prompt(title_of(interaction.client, job), 80)}** · <t:{int(job.created_at)}:f>"
    text = recipe_text(recipe_of_values(job.values, pack), heading, *notes)
    offered = continuations(interaction.client.library, interaction.guild_id)
    buttons = button_row(result_buttons(job, [file.filename for file in files], offered))
    try:
        await interaction.edit_original_response(content=text, attachments=files, view=buttons)
    except discord.HTTPException as fault:
        if not files:
            raise
        log.info("job %s: could not attach its files: %s", job.id, fault)
        await interaction.edit_original_response(content=text, view=buttons)


async def _files(bot: Darkroom, job: Job, most_bytes: int, box: Box) -> tuple[list[discord.File], list[str]]:
    """What the job's message carries, as far as it fits, and what is to be said about the rest."""
    if (kept := await bot.ledger.shelf.result(job.id)) is not None:
        return await _kept_files(bot, kept, most_bytes, box)
    attachments = await _attachments(bot, job)
    if not attachments:
        return [], [_EMPTY]
    files: list[discord.File] = []
    left = _MOST_BYTES
    for attachment in attachments:
        if attachment.size > min(left, most_bytes):
            continue
        try:
            content = await download(attachment.url, min(left, most_bytes), box)
        except (PictureRefused, SpoolFailed) as fault:
            log.info("job %s: could not download a file again: %s", job.id, fault)
            continue
        left -= size_of(content)
        files.append(discord_file(content, attachment.filename, attachment.description))
    return files, [] if len(files) == len(attachments) else [_HEAVY]


async def _kept_files(bot: Darkroom, packed: bytes, most_bytes: int, box: Box) -> tuple[list[discord.File], list[str]]:
    """What could not be sent when it was made, as far as it fits now."""
    attachments = await asyncio.to_thread(unpack_files, packed)
    share = min(most_bytes, _MOST_BYTES // max(1, len(attachments)))
    files: list[discord.File] = []
    for attachment in attachments:
        try:
            copy = await bot.conversions.fit(box, attachment.content, share)
        except SpoolFailed as fault:
            log.info("could not fit a stored file to the upload limit: %s", fault)
            continue
        if copy is not None:
            name = PurePosixPath(attachment.filename)
            fitted = str(name.with_suffix(copy.suffix or name.suffix))
            files.append(discord_file(copy.content, fitted, attachment.description))
    return files, [] if len(files) == len(attachments) else [_TOO_LARGE]


async def _attachments(bot: Darkroom, job: Job) -> list[discord.Attachment]:
    if job.message_id is None:
        raise _OutOfReach("its number never arrived")
    channel = bot.get_partial_messageable(job.channel_id)
    try:
        async with asyncio.timeout(_SECONDS):
            return (await channel.fetch_message(job.message_id)).attachments
    except (discord.HTTPException, OSError, TimeoutError) as fault:
        raise _OutOfReach(str(fault) or type(fault).__name__) from fault
