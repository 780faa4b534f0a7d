"""A member's pictures: fetched, made harmless and kept, before anything is queued."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot import pictures
from bot.errors import PictureRefused
from bot.ledger import Shelf
from bot.messages import download

MOST_BYTES: Final = 30 * 2**20
"""Of a file as it comes in; Discord lets members without Nitro send 10 MiB."""
_OTHER_KINDS: Final = ("video/", "audio/", "text/", "application/pdf", "application/zip")

_one_at_a_time = asyncio.Semaphore(1)
"""A decoded picture takes a quarter of a gigabyte: no two at once."""


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


async def keep_pictures(shelf: Shelf, attachments: Mapping[str, discord.Attachment | PictureAt]) -> dict[str, str]:
    """Each picture's id on the shelf. Raises `PictureRefused` for the first that cannot be used."""
    kept: dict[str, str] = {}
    for name, attachment in attachments.items():
        content = await download(attachment.url, MOST_BYTES)
        async with _one_at_a_time:
            clean = await asyncio.to_thread(pictures.clean, content)
        kept[name] = await shelf.keep_file(clean)
    return kept
