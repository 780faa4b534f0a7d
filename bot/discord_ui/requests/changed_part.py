"""A request to change a part of an image: what is prepared and stored for it before its job is queued."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import Final

from bot.conversions import Part
from bot.discord_ui.bot import Darkroom
from bot.errors import PictureRefused
from bot.messages import download
from bot.pictures.parts.frames import MOST_FRAME_PIXELS
from bot.pictures.parts.regions import Extension, Region
from bot.spool import Box, Content, read
from bot.workflows import COMPOSITE, Composite, Inpainting, Pack
from bot.workflows.library.meanings import parameter_for

MOST_BYTES: Final = 90 * 2**20
"""Of the image that is to change. The bot's own images may be larger than what members may attach."""


@dataclass(frozen=True, slots=True, eq=False)
class ChangedPart:
    """A region of an image to change with a workflow. `url` is the image's address at Discord: an image that has been
    deleted there can't be changed.
    """

    region: Region
    inpainting: Inpainting
    url: str

    def values(self) -> dict[str, object]:
        """The values of a job for this part, for `submit_job`: it replaces itself by what `store_part` returns."""
        names = [self.inpainting.image, COMPOSITE, *((self.inpainting.mask,) if self.inpainting.mask else ())]
        return {**dict.fromkeys(names, self), **_full_strength(self)}


def _full_strength(part: ChangedPart) -> dict[str, object]:
    """A larger frame has nothing in its new part that is worth keeping."""
    strength = parameter_for(part.inpainting.pack, "strength")
    if strength is None or not isinstance(part.region, Extension):
        return {}
    return {strength.name: 1.0 if strength.max is None else min(1.0, strength.max)}


async def store_part(bot: Darkroom, part: ChangedPart, most_pixels: int | None, guild_id: int | None) -> dict[str, str]:
    """Prepare the original and its mask and store them on the ledger's shelf. Returns the job's values for them.

    `most_pixels` is the member's limit for a larger frame. Raises `PictureRefused`, `LimitReached` or
    `SpoolFailed`.
    """
    form, limit = part.inpainting.form, _most_pixels(part.inpainting.pack, most_pixels)
    async with bot.spool.box() as box:
        content = await _image_of(part, box)
        made = await bot.conversions.part(box, content, part.region, limit, form)
        pngs = dict.fromkeys((made.original, made.mask, made.image, made.given))
        kept = {content: await _kept(bot, content, guild_id) for content in pngs}
    original, mask, image, given = (kept[one] for one in (made.original, made.mask, made.image, made.given))
    composite = Composite(original, mask, *_sizes(made))
    if part.inpainting.mask is None:
        return {part.inpainting.image: given, COMPOSITE: composite.written()}
    return {part.inpainting.image: image, part.inpainting.mask: given, COMPOSITE: composite.written()}


def _most_pixels(pack: Pack, allowed: int | None) -> int:
    """The largest frame: what the member may request, what the workflow takes, and what is reasonable."""
    sides = [parameter_for(pack, "width"), parameter_for(pack, "height")]
    largest = [int(side.max) for side in sides if side is not None and side.max is not None]
    own = math.prod(largest) if len(largest) == len(sides) else MOST_FRAME_PIXELS
    return min(own, MOST_FRAME_PIXELS if allowed is None else allowed)


def _sizes(made: Part) -> tuple[str, str]:
    return f"{made.before[0]}x{made.before[1]}", f"{made.inner[0]}x{made.inner[1]}"


async def _image_of(part: ChangedPart, box: Box) -> Content:
    try:
        return await download(part.url, MOST_BYTES, box)
    except PictureRefused as fault:
        # Discord's addresses expire after a day: another try with this one would fail, too.
        raise PictureRefused("expired" if fault.code == "not_fetched" else fault.code, fault.limit) from fault


async def _kept(bot: Darkroom, content: Content, guild_id: int | None) -> str:
    # The database driver holds the whole row in memory.
    async with bot.spool.heavy:
        whole = await asyncio.to_thread(read, content)
        return await bot.ledger.shelf.keep_file(whole, guild_id, bot.settings.caps.disk)
