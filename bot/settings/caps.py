"""What no server may exceed, whatever its moderators allow: the caps of the people who run the bot."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.settings.values import Read, read_positive

_SIZE: Final = re.compile(r"(\d{1,5}) ?[xX×*] ?(\d{1,5})")
_MEGABYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that any request may ask for, and that any Discord server may use. None: no cap.

    Of a request: `pixels` in an image, `steps` in all, `pictures` at once, `frames` of a video. Of a Discord server:
    jobs `waiting` at once, and `disk` (bytes) for the files that its members attached and the images of its grids.
    """

    pixels: int | None = None
    steps: int | None = None
    pictures: int | None = None
    frames: int | None = None
    waiting: int | None = None
    disk: int | None = None


def read_caps(read: Read) -> Caps:
    """All caps."""
    disk = read("GUILD_DISK", _optional(read_positive), None)
    return Caps(
        pixels=read("MAX_SIZE", _optional(_read_pixels), None),
        steps=read("MAX_STEPS", _optional(read_positive), None),
        pictures=read("MAX_IMAGES", _optional(read_positive), None),
        frames=read("MAX_FRAMES", _optional(read_positive), None),
        waiting=read("GUILD_QUEUED", _optional(read_positive), None),
        disk=None if disk is None else disk * _MEGABYTE,
    )


def shown_pixels(pixels: int) -> str:
    """A number of pixels as a size: `1024 x 1024`, or the number if no square has so many."""
    side = math.isqrt(pixels)
    return f"{side} x {side}" if side * side == pixels else f"{pixels:,}"


def _read_pixels(text: str) -> int:
    written = _SIZE.fullmatch(text)
    pixels = int(written[1]) * int(written[2]) if written else int(text) if text.isdecimal() else 0
    if not pixels:
        raise ValueError("write it like 1536x1536, or as a number of pixels")
    return pixels


def _optional(parse: Callable[[str], int]) -> Callable[[str], int | None]:
    return lambda text: parse(text) if text else None
