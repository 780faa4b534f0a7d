"""Opening and decoding, within a bound of memory whatever the image."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import BinaryIO, Final

# Pillow loads all its formats at once when it meets one that it does not know yet: most of its start-up time.
from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from bot.pictures.png_bands import reduced_png

Source = bytes | Path
"""A file's bytes, or where it is."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""What members have. Pillow knows more: some by starting other programs, some through libraries of ill repute."""
OUTPUT_FORMATS: Final = (*FORMATS, "TIFF")
"""What workflows make besides."""
DAMAGED: Final = (OSError, SyntaxError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError, TypeError)
"""Pillow's ways to say "this is no picture", or a broken one."""
_MOST_BYTES: Final = 288 * 2**20
"""Of a decoded image in memory."""
_SMALL_PIXELS: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes that Pillow keeps a pixel of these modes in; of all others: 4."""


def source_size(source: Source) -> int:
    """In bytes."""
    return source.stat().st_size if isinstance(source, Path) else len(source)


def opened(source: Source) -> BinaryIO:
    """The file to read from."""
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def decoded(image: Image.Image, file: BinaryIO, most_pixels: int) -> Image.Image:
    """The pixels of an opened image, or of a smaller copy where it has more than `most_pixels`. `file` is what it was
    opened from.

    Never more than `_MOST_BYTES` are decoded at once. Raises one of `DAMAGED` where that does not go.
    """
    factor = math.ceil(math.sqrt(image.width * image.height / most_pixels))
    if factor > 1:
        if image.format == "PNG" and (reduced := reduced_png(file, factor)) is not None:
            return reduced
        # JPEG alone can be decoded at a half, a quarter or an eighth of its size; for all others this does nothing.
        image.draft(None, (image.width // factor, image.height // factor))
    if image.width * image.height * _SMALL_PIXELS.get(image.mode, 4) > _MOST_BYTES:
        raise MemoryError("too many pixels to be decoded at once")
    image.load()
    factor = math.ceil(math.sqrt(image.width * image.height / most_pixels))
    return image.reduce(factor) if factor > 1 else image


def eight_bits(image: Image.Image) -> Image.Image:
    """The picture as RGB, or as RGBA where it is transparent anywhere. The very same object where it is that already:
    a copy of a large one may not have room.
    """
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    if image.mode == "I":
        # Pillow would clip 16 bits to 8, not scale them.
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == wanted else image.convert(wanted)
