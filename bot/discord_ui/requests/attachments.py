"""A member's pictures: fetched, made harmless and kept, before anything is queued."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.errors import PictureRefused
from bot.messages import download
from bot.spool import read

MOST_BYTES: Final = 30 * 2**20
"""Of a file as it comes in; Discord lets members without Nitro send 10 MiB."""
_OTHER_KINDS: Final = ("video/", "audio/", "text/", "application/pdf", "application/zip")


@dataclass(frozen=True, slots=True)
class PictureAt:
    """A picture at one of Discord's own addresses, of which nothing else is known."""

    url: str


def refuse_early(attachment: discord.Attachment | PictureAt) -> None:
    """Raise `PictureRefused` for what Discord itself says is no picture, or too large."""
    if isinstance(attachment, PictureAt):
        return
    if attachment.size > MOST_BYTES:
        raise PictureRefused("too_many_bytes", MOST_BYTES)
    if (attachment.content_type or "").startswith(_OTHER_KINDS):
        raise PictureRefused("not_a_picture")


async def keep_pictures(bot: Darkroom, attachments: Mapping[str, discord.Attachment | PictureAt]) -> dict[str, str]:
    """Each picture's id on the shelf. Raises `PictureRefused` for the first that cannot be used, or `SpoolFailed`."""
    kept: dict[str, str] = {}
    for name, attachment in attachments.items():
        async with bot.spool.box() as box:
            content = await download(attachment.url, MOST_BYTES, box)
            clean = await bot.conversions.clean(box, content)
            # A row of the database is in memory as a whole, and a clean picture may have 90 MB.
            async with bot.spool.heavy:
                kept[name] = await bot.ledger.shelf.keep_file(await asyncio.to_thread(read, clean))
    return kept
