"""Hand out what is kept about a member: their data as JSON, their input files, and the images from their messages."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator
from pathlib import PurePosixPath
from typing import Any, Final

import discord

from bot.discord_limits import FILE_BYTES
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.history.restore import MessageGone, attachments_of
from bot.discord_ui.privacy.export_parts import Item, Parts
from bot.errors import PictureRefused, SpoolFailed
from bot.messages import discord_file, download
from bot.pictures.containers import HEAD, container_of
from bot.spool import Box
from bot.translation import N_, _, ngettext

log = logging.getLogger(__name__)

EXPORT_ID: Final = "darkroom:privacy:export"

_SECONDS: Final = 600.0
"""The reply can be added to for 15 minutes."""
_MOST_MESSAGES: Final = 200
"""Messages whose images are fetched, newest first. The JSON names them all."""
_ROWS: Final = 5000
"""Rows in one JSON file, so that it fits into a part."""
_HASH_LENGTH: Final = 64

_one_at_a_time = asyncio.Semaphore(1)
"""An export reads hundreds of files."""

_exporting: set[int] = set()
"""The members who wait for one: nobody keeps others waiting by asking again and again."""

_UNDER_WAY: Final = N_("I’m already putting your data together. Please wait for the first reply.")
_FAILED: Final = N_("I couldn’t put your data together. Please try again in a few minutes.")


async def press_export(interaction: discord.Interaction[Darkroom]) -> None:
    """Send one or more zips that only the member sees."""
    user_id = interaction.user.id
    if user_id in _exporting:
        await tell(interaction, _(_UNDER_WAY))
        return
    _exporting.add(user_id)
    try:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _export(interaction)
    finally:
        _exporting.discard(user_id)


async def _export(interaction: discord.Interaction[Darkroom]) -> None:
    bot = interaction.client
    try:
        async with asyncio.timeout(_SECONDS), _one_at_a_time, bot.spool.box() as box:
            parts = Parts(box, min(interaction.filesize_limit, FILE_BYTES))
            await parts.fill(_items(bot, interaction.user.id, box, parts))
            await _send(interaction, parts)
    except (SpoolFailed, TimeoutError, discord.HTTPException) as fault:
        log.warning("an export failed: %s", str(fault) or type(fault).__name__)
        await interaction.followup.send(_(_FAILED), ephemeral=True)


async def _send(interaction: discord.Interaction[Darkroom], parts: Parts) -> None:
    files = await parts.zipped()
    said = ngettext(
        "📦 Your data: {count} file. `data-1.json` lists all messages, including those whose images aren’t in here.",
        "📦 Your data: {count} files. `data-1.json` lists all messages, including those whose images aren’t in here.",
        len(files),
    ).format(count=len(files))
    if parts.omitted:
        omitted = ngettext(
            "{count} file didn’t fit in here; its message still has it.",
            "{count} files didn’t fit in here; their messages still have them.",
            parts.omitted,
        )
        said += "\n" + omitted.format(count=parts.omitted)
    about = _("What I keep about you, as a zip")
    first, *others = [discord_file(one, f"darkroom-{number}.zip", about) for number, one in enumerate(files, start=1)]
    await interaction.edit_original_response(content=said, attachments=[first])
    for other in others:
        await interaction.followup.send(file=other, ephemeral=True)


async def _items(bot: Darkroom, user_id: int, box: Box, parts: Parts) -> AsyncIterator[Item]:
    """Everything, the data first. Images stop when there is no more room."""
    personal_data = bot.ledger.personal_data
    for number, text in enumerate(_texts(user_id, await personal_data.export(user_id)), start=1):
        yield Item(f"data-{number}.json", text, compressed=True)
    for file_id in await personal_data.files_of(user_id):
        async with bot.spool.heavy:
            content = await bot.ledger.shelf.file(file_id)
            if content is None:
                continue
            stored = await box.put(content)
        if len(file_id) == _HASH_LENGTH:
            kind = container_of(content[:HEAD])
            yield Item(f"inputs/{file_id[:16]}{'.png' if kind is None else kind.suffix}", stored)
        else:
            yield Item(f"undelivered/{file_id}.zip", stored)
    for job in await personal_data.jobs_of(user_id, _MOST_MESSAGES):
        if parts.full:
            return
        try:
            attached = await attachments_of(bot, job)
        except MessageGone:
            continue
        for number, one in enumerate(attached, start=1):
            try:
                content_of_one = await download(one.url, FILE_BYTES, box)
            except PictureRefused:
                parts.omitted += 1
                continue
            day = time.strftime("%Y-%m-%d", time.gmtime(job.created_at))
            suffix = PurePosixPath(one.filename).suffix
            yield Item(f"images/{day}-{job.id}-{number}{suffix}", content_of_one)


def _texts(user_id: int, found: dict[str, list[dict[str, Any]]]) -> list[bytes]:
    """The rows as JSON, so many a file."""
    rows = [(name, row) for name, some in found.items() for row in some]
    texts = []
    for start in range(0, max(1, len(rows)), _ROWS):
        tables: dict[str, list[dict[str, Any]]] = {}
        for name, row in rows[start : start + _ROWS]:
            tables.setdefault(name, []).append(row)
        whole = {"user_id": user_id, "times": "unix-seconds", **tables}
        texts.append(json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    return texts
