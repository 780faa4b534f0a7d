"""Bring a finished job back privately for its owner, with the files from its message, by the rules of this moment."""

import asyncio
import logging
from typing import Final

import discord

from bot.discord_limits import FILE_BYTES
from bot.discord_times import shown_time
from bot.discord_ui.access.shown_again import checked_again, fit_to_limit, terms_here
from bot.discord_ui.access.viewer import Viewer, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import picked
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import (
    SHEET_NAME,
    Attachment,
    button_row,
    discord_file,
    download,
    link_to,
    renewed_text,
    result_buttons,
    shown_prompt,
    unpack_files,
    words_of,
)
from bot.spool import Box, size_of
from bot.translation import N_, _
from bot.workflows import continuations
from bot.workflows.imports.recipes import recipe_of_values

log = logging.getLogger(__name__)

_SECONDS: Final = 20.0
"""How long Discord may take to return the message."""

_NOT_HERE: Final = N_("That image is no longer available. `/history` lists the ones that are.")
_GONE: Final = N_("I can’t open its message any more. Here is the recipe.")
_EMPTY: Final = N_("Its message has no files any more. Here is the recipe.")
_TOO_LARGE: Final = N_("Some files are too large to send here.")
_IN_MESSAGE: Final = N_("I couldn’t bring back every file. The message has the rest.")

_few_at_a_time = asyncio.Semaphore(2)
"""An answer can hold ten open files, so only two are prepared at once."""


class MessageGone(Exception):  # noqa: N818 - an outcome, not a fault
    """The message cannot be read."""


async def press_bring(interaction: discord.Interaction[Darkroom], _which: str) -> None:
    """Show the chosen job again, with its recipe and a link to its message."""
    bot = interaction.client
    job = await bot.ledger.job(picked(interaction))
    if job is None or not Viewer.of(interaction).owns(job) or job.erased_at is not None or job.deleted_by is not None:
        await tell(interaction, _(_NOT_HERE))
        return
    terms = await terms_here(interaction, job)
    if isinstance(terms, str):
        await tell(interaction, terms)
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    async with _few_at_a_time, bot.spool.box() as box:
        try:
            files, notes = await _files(bot, job, min(FILE_BYTES, interaction.filesize_limit), box)
        except MessageGone as fault:
            log.info("job %s: could not read its message again: %s", job.id, fault)
            files, notes = [], [_(_GONE)]
        else:
            notes += [link] if (link := link_to(job)) else []
        shown = await checked_again(interaction, job, files, terms, box)
        if isinstance(shown, str):
            await interaction.edit_original_response(content=shown)
        else:
            await _show(interaction, job, shown, notes)


async def _show(
    interaction: discord.Interaction[Darkroom], job: Job, files: tuple[Attachment, ...], notes: list[str]
) -> None:
    pack = interaction.client.library.packs.get(job.workflow)
    heading = f"**{shown_prompt(title_of(interaction.client, job), 80)}** · {shown_time(job.created_at, 'f')}"
    text = recipe_text(recipe_of_values(job.values, pack), heading, *notes)
    offered = continuations(interaction.client.library, interaction.guild_id)
    buttons = button_row(result_buttons(job, [file.filename for file in files], offered))
    try:
        sent = [discord_file(file.content, file.filename, file.description) for file in files]
        await interaction.edit_original_response(content=text, attachments=sent, view=buttons)
    except discord.HTTPException as fault:
        if not files:
            raise
        log.info("job %s: could not attach its files: %s", job.id, fault)
        await interaction.edit_original_response(content=text, view=buttons)


async def _files(bot: Darkroom, job: Job, most_bytes: int, box: Box) -> tuple[list[Attachment], list[str]]:
    """The files of the job's message, as many as fit, and a note if some are missing."""
    if (kept := await bot.ledger.shelf.result(job.id)) is not None:
        return await _kept_files(bot, job, kept, most_bytes, box)
    attachments = await attachments_of(bot, job)
    if not attachments:
        return [], [_(_EMPTY)]
    files: list[Attachment] = []
    left = FILE_BYTES
    for attachment in attachments:
        if attachment.size > min(left, most_bytes):
            continue
        try:
            content = await download(attachment.url, min(left, most_bytes), box)
        except (PictureRefused, SpoolFailed) as fault:
            log.info("job %s: could not download a file again: %s", job.id, fault)
            continue
        left -= size_of(content)
        text = _described(bot, job, attachment)
        files.append(Attachment(attachment.filename, content, description=text))
    return files, [] if len(files) == len(attachments) else [_(_IN_MESSAGE)]


async def _kept_files(
    bot: Darkroom, job: Job, packed: bytes, most_bytes: int, box: Box
) -> tuple[list[Attachment], list[str]]:
    """Files that could not be sent when they were made, with alternative texts in the reader's language."""
    stored = await asyncio.to_thread(unpack_files, packed)
    words = words_of(job, title_of(bot, job))
    files = [
        Attachment(one.filename, one.content, description=renewed_text(one.caption, one.filename, words))
        for one in await fit_to_limit(bot, box, stored, most_bytes)
    ]
    return files, [] if len(files) == len(stored) else [_(_TOO_LARGE)]


def _described(bot: Darkroom, job: Job, attachment: discord.Attachment) -> str:
    """The alternative text of a file from the job's message."""
    return renewed_text(attachment.description, attachment.filename, words_of(job, title_of(bot, job)))


async def attachments_of(bot: Darkroom, job: Job) -> list[discord.Attachment]:
    """The files of a job's message. Raises `MessageGone`."""
    if job.message_id is None:
        raise MessageGone("its message was never confirmed by Discord")
    channel = bot.get_partial_messageable(job.channel_id)
    try:
        async with asyncio.timeout(_SECONDS):
            found = (await channel.fetch_message(job.message_id)).attachments
    except (discord.HTTPException, OSError, TimeoutError) as fault:
        raise MessageGone(str(fault) or type(fault).__name__) from fault
    # The sheet of a grid is no cell's own file.
    return [one for one in found if job.grid_id is None or not one.filename.endswith(SHEET_NAME)]
