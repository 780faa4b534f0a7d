"""Open and decode images with a limit on memory."""

import io
import math
from pathlib import Path
from typing import BinaryIO, Final

# When Pillow meets an unknown format it loads all its formats at once, which takes most of its start-up time.
from PIL import GifImagePlugin, Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401

from bot.pictures.png_bands import reduced_png

Source = bytes | Path
"""The bytes of a file, or its path."""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""Formats that members use. Pillow can read more, but for some it starts other programs or uses unsafe libraries."""
OUTPUT_FORMATS: Final = (*FORMATS, "TIFF")
"""Formats that workflows produce."""
DAMAGED: Final = (OSError, SyntaxError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError, TypeError)
"""What Pillow raises for a file that is damaged or not an image."""
_MOST_BYTES: Final = 288 * 2**20
"""Bytes of one decoded image in memory."""
_BYTES_PER_PIXEL: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes per pixel that Pillow uses for these modes. All others take 4."""


def source_size(source: Source) -> int:
    """The size in bytes."""
    return source.stat().st_size if isinstance(source, Path) else len(source)


def opened(source: Source) -> BinaryIO:
    """Open the source for reading."""
    return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)


def decoded(image: Image.Image, file: BinaryIO, most_pixels: int) -> Image.Image:
    """The pixels of an opened image, or of a smaller copy if it has more than `most_pixels`. `file` is the file that
    `image` was opened from.

    Decodes at most `_MOST_BYTES` at once. Raises one of `DAMAGED` if the image cannot be decoded within that limit.
    """
    factor = math.ceil(math.sqrt(image.width * image.height / most_pixels))
    if factor > 1:
        if image.format == "PNG" and (reduced := reduced_png(file, factor)) is not None:
            return reduced
        # Decode a JPEG at a half, a quarter or an eighth of its size. For other formats this does nothing.
        image.draft(None, (image.width // factor, image.height // factor))
    if image.width * image.height * _BYTES_PER_PIXEL.get(image.mode, 4) > _MOST_BYTES:
        raise MemoryError("too many pixels to be decoded at once")
    image.load()
    factor = math.ceil(math.sqrt(image.width * image.height / most_pixels))
    return image.reduce(factor) if factor > 1 else image


def eight_bits(image: Image.Image) -> Image.Image:
    """The image as RGB, or as RGBA if it has transparency. Returns the same object if it is in that mode already, since
    there may be no room for a copy.
    """
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    if image.mode == "I":
        # Scale 16 bits to 8; Pillow would clip them.
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    wanted = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == wanted else image.convert(wanted)
