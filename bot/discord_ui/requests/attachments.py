"""Files that members attach: downloaded, checked and stored before the job is queued. Images are sanitized as well."""

import asyncio
import io
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.errors import PictureRefused
from bot.messages import download
from bot.pictures.containers import HEAD, suffix_for
from bot.pictures.films import frames
from bot.pictures.header import png_size
from bot.spool import Box, Content, opened, read
from bot.workflows import Pack, Parameter, ParameterType

MOST_BYTES: Final = 30 * 2**20
"""The largest attachment that is downloaded. Discord lets members without Nitro send 10 MiB."""
_NO_MEDIA: Final = ("text/", "application/pdf", "application/zip")
_OTHER_KINDS: Final[Mapping[ParameterType, tuple[str, ...]]] = {
    "image": ("video/", "audio/", *_NO_MEDIA),
    "video": ("image/png", "image/jpeg", "image/webp", "audio/", *_NO_MEDIA),
    "audio": ("image/", *_NO_MEDIA),
}
"""For each kind of file, the content types that Discord gives to other kinds."""
_REFUSED: Final[Mapping[ParameterType, str]] = {"video": "not_a_video", "audio": "not_a_sound"}


@dataclass(frozen=True, slots=True)
class ImageAt:
    """An image at one of Discord's own addresses. Its size is unknown, and its type unless `content_type` says it."""

    url: str
    filename: str = ""
    content_type: str | None = None


Given = discord.Attachment | ImageAt


def check_attachments(pack: Pack, attached: Mapping[str, Given]) -> None:
    """Raise `PictureRefused` if Discord's own metadata shows that one is too large or of another kind."""
    for name, attachment in attached.items():
        if isinstance(attachment, ImageAt):
            continue
        parameter = pack.offered[name]
        with _naming(parameter, attached):
            if attachment.size > MOST_BYTES:
                raise PictureRefused("too_many_bytes", MOST_BYTES)
            if (attachment.content_type or "").startswith(_OTHER_KINDS[parameter.type]):
                raise PictureRefused(_REFUSED.get(parameter.type, "not_a_picture"))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file on the ledger's shelf. `pixels`: how many an image has; None for a video or a sound. `frames`: how many a
    video has; None if that is unknown.
    """

    id: str
    pixels: int | None
    frames: int | None


def announced_pixels(attached: Mapping[str, Given]) -> dict[str, int]:
    """How many pixels Discord says that files have, by their keys in `attached`; without those of unknown size."""
    return {
        name: one.width * one.height
        for name, one in attached.items()
        if isinstance(one, discord.Attachment) and one.width and one.height
    }


async def store_files(
    bot: Darkroom, pack: Pack, attached: Mapping[str, Given], guild_id: int | None
) -> dict[str, StoredFile]:
    """Store the files on the ledger's shelf, by their keys in `attached`.

    Raises `PictureRefused` for the first file that cannot be used, `LimitReached` if the guild has no room for it, or
    `SpoolFailed`.
    """
    stored: dict[str, StoredFile] = {}
    for name, attachment in attached.items():
        kind = pack.offered[name].type
        async with bot.spool.box() as box:
            with _naming(pack.offered[name], attached):
                content = await download(attachment.url, MOST_BYTES, box)
                checked = await _checked(bot, kind, content, box)
            # The database driver holds the whole row in memory, and a clean image can have 90 MB.
            async with bot.spool.heavy:
                whole = await asyncio.to_thread(read, checked)
                kept = await bot.ledger.shelf.keep_file(whole, guild_id, bot.settings.caps.disk)
                pixels = math.prod(png_size(whole)) if kind == "image" else None
                length = await asyncio.to_thread(frames, io.BytesIO(whole)) if kind == "video" else None
                stored[name] = StoredFile(kept, pixels, length)
    return stored


@contextmanager
def _naming(parameter: Parameter, attached: Mapping[str, Given]) -> Iterator[None]:
    """Name the file that is refused, if there are several."""
    try:
        yield
    except PictureRefused as fault:
        option = (parameter.label or parameter.name) if len(attached) > 1 else None
        raise PictureRefused(fault.code, fault.limit, parameter.type, option) from fault


async def _checked(bot: Darkroom, kind: ParameterType, content: Content, box: Box) -> Content:
    """An image as a plain PNG; a video or a sound unchanged, if that is what the file is."""
    match kind:
        case "video" | "audio":
            suffix_for(kind, await asyncio.to_thread(_head, content))
            return content
        case _:
            return await bot.conversions.clean(box, content)


def _head(content: Content) -> bytes:
    with opened(content) as file:
        return file.read(HEAD)
