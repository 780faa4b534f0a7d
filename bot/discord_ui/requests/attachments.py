"""Images that members attach: downloaded, sanitized and stored before the job is queued."""

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
"""The largest attachment that is downloaded. Discord lets members without Nitro send 10 MiB."""
_OTHER_KINDS: Final = ("video/", "audio/", "text/", "application/pdf", "application/zip")


@dataclass(frozen=True, slots=True)
class ImageAt:
    """An image at one of Discord's own addresses. Its size and type are unknown."""

    url: str


def check_attachment(attachment: discord.Attachment | ImageAt) -> None:
    """Raise `PictureRefused` if Discord's own metadata shows that this is too large or not an image."""
    if isinstance(attachment, ImageAt):
        return
    if attachment.size > MOST_BYTES:
        raise PictureRefused("too_many_bytes", MOST_BYTES)
    if (attachment.content_type or "").startswith(_OTHER_KINDS):
        raise PictureRefused("not_a_picture")


async def store_images(bot: Darkroom, attachments: Mapping[str, discord.Attachment | ImageAt]) -> dict[str, str]:
    """Store the images on the ledger's shelf. Returns each image's id there, by its key in `attachments`.

    Raises `PictureRefused` for the first image that cannot be used, or `SpoolFailed`.
    """
    stored: dict[str, str] = {}
    for name, attachment in attachments.items():
        async with bot.spool.box() as box:
            content = await download(attachment.url, MOST_BYTES, box)
            clean = await bot.conversions.clean(box, content)
            # The database driver holds the whole row in memory, and a clean image can have 90 MB.
            async with bot.spool.heavy:
                stored[name] = await bot.ledger.shelf.keep_file(await asyncio.to_thread(read, clean))
    return stored
