"""A member's files: fetched, checked and kept before their job is queued. Images are made harmless as well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.errors import PictureRefused
from bot.messages import download
from bot.pictures.containers import HEAD, suffix_for
from bot.spool import Box, Content, opened, read
from bot.workflows import Pack, ParameterType

MOST_BYTES: Final = 30 * 2**20
"""Of a file as it comes in; Discord lets members without Nitro send 10 MiB."""
_NO_MEDIA: Final = ("text/", "application/pdf", "application/zip")
_OTHER_KINDS: Final[Mapping[ParameterType, tuple[str, ...]]] = {
    "image": ("video/", "audio/", *_NO_MEDIA),
    "video": ("image/png", "image/jpeg", "image/webp", "audio/", *_NO_MEDIA),
    "audio": ("image/", *_NO_MEDIA),
}
"""Content types that Discord gives to files which are something else."""
_REFUSED: Final[Mapping[ParameterType, str]] = {"video": "not_a_video", "audio": "not_a_sound"}


@dataclass(frozen=True, slots=True)
class PictureAt:
    """An image at one of Discord's own addresses, of which nothing else is known."""

    url: str


Given = discord.Attachment | PictureAt


def refuse_early(pack: Pack, attached: Mapping[str, Given]) -> None:
    """Raise `PictureRefused` for what Discord itself says is something else, or too large."""
    for name, attachment in attached.items():
        if isinstance(attachment, PictureAt):
            continue
        kind = pack.offered[name].type
        if attachment.size > MOST_BYTES:
            raise PictureRefused("too_many_bytes", MOST_BYTES, kind)
        if (attachment.content_type or "").startswith(_OTHER_KINDS[kind]):
            raise PictureRefused(_REFUSED.get(kind, "not_a_picture"), kind=kind)


async def keep_files(bot: Darkroom, pack: Pack, attached: Mapping[str, Given]) -> dict[str, str]:
    """Each file's id on the shelf. Raises `PictureRefused` for the first that cannot be used, or `SpoolFailed`."""
    kept: dict[str, str] = {}
    for name, attachment in attached.items():
        kind = pack.offered[name].type
        async with bot.spool.box() as box:
            try:
                content = await download(attachment.url, MOST_BYTES, box)
            except PictureRefused as fault:
                raise PictureRefused(fault.code, fault.limit, kind) from fault
            checked = await _checked(bot, kind, content, box)
            # A row of the database is in memory as a whole, and a clean picture may have 90 MB.
            async with bot.spool.heavy:
                kept[name] = await bot.ledger.shelf.keep_file(await asyncio.to_thread(read, checked))
    return kept


async def _checked(bot: Darkroom, kind: ParameterType, content: Content, box: Box) -> Content:
    """An image as a plain PNG; a video or a sound as it is, if that is what it is."""
    match kind:
        case "video" | "audio":
            suffix_for(kind, await asyncio.to_thread(_head, content))
            return content
        case _:
            return await bot.conversions.clean(box, content)


def _head(content: Content) -> bytes:
    with opened(content) as file:
        return file.read(HEAD)
