"""PNGs with 16 bits per channel, which Pillow reads and writes with 8 only: as two images, of high and of low bytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image, ImageChops, ImageMath
from PIL.PngImagePlugin import PngImageFile

from bot.pictures.cleaning import turn_of
from bot.pictures.decoding import Source, opened
from bot.pictures.png_bands import SIGNATURE, chunk

_DEPTH_AT: Final = len(SIGNATURE) + 8 + 8
"""The offset of a PNG's bit depth: after the signature, the chunk's head, and the image's width and height."""
_DEEP: Final = 16
_BAND: Final = 256
"""Rows written at once."""
_FILTER_UP: Final = b"\x02"
"""Each byte is the difference to the byte above it (PNG, third edition, 9.2)."""
_COLOUR_TYPES: Final = {"RGB": 2, "RGBA": 6}


@dataclass(frozen=True, slots=True)
class Deep:
    """An image of 16 bits per channel: its high and its low bytes, both RGB or both RGBA."""

    high: Image.Image
    low: Image.Image


def read_deep(source: Source) -> Deep | None:
    """The upright image if it is a still PNG with 16 bits per channel, else None. Raises one of `DAMAGED`."""
    with opened(source) as file:
        head = file.read(_DEPTH_AT + 1)
        if not head.startswith(SIGNATURE) or len(head) <= _DEPTH_AT or head[_DEPTH_AT] != _DEEP:
            return None
        file.seek(0)
        with PngImageFile(file) as image:
            if image.is_animated or "transparency" in image.info or not image.tile:
                return None
            high, low = _bytes_of(image, file)
            # Only now: to look for this, Pillow decodes the whole image.
            turn = turn_of(image)
    return Deep(*(one if turn is None else one.transpose(turn) for one in (high, low)))


def _bytes_of(image: PngImageFile, file: BinaryIO) -> tuple[Image.Image, Image.Image]:
    """The high and the low bytes of an opened image, both RGB or both RGBA."""
    raw = str(image.tile[0].args)
    if image.mode == "I;16":
        # Pillow keeps these as they are, with the low byte first.
        low, high = (_grey(image.tobytes()[byte::2], image.size) for byte in (0, 1))
        return high, low
    if raw.startswith("LA;"):
        # Read as if its four bytes were four channels: grey and alpha, the high byte of each first.
        _decode(image, "RGBA")
        grey, low_grey, alpha, low_alpha = image.split()
        return _merged(grey, alpha), _merged(low_grey, low_alpha)
    _decode(image, raw)
    file.seek(0)
    with PngImageFile(file) as again:
        # For Pillow the second byte of a little-endian number is its high one: here it is the low byte.
        _decode(again, raw.replace("16B", "16L"))
        return image.copy(), again.copy()


def _decode(image: PngImageFile, raw_mode: str) -> None:
    image.tile = [one._replace(args=raw_mode) for one in image.tile]
    image.load()


def _grey(plane: bytes, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("L", size, plane).convert("RGB")


def _merged(grey: Image.Image, alpha: Image.Image) -> Image.Image:
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def placed(deep: Deep, canvas: Image.Image, place: tuple[int, int]) -> Deep:
    """A canvas of 8 bits per channel with the image on it at this place."""
    high, low = canvas.convert(deep.high.mode), canvas.convert(deep.low.mode)
    high.paste(deep.high, place)
    low.paste(deep.low, place)
    return Deep(high, low)


def paste_part(deep: Deep, part: Image.Image, box: tuple[int, int, int, int], mask: Image.Image) -> None:
    """Put a part of 8 bits per channel into the image, where the mask of the same size is not 0."""
    highs, lows = deep.high.crop(box).split(), deep.low.crop(box).split()
    share = mask.convert("I")
    blended = []
    for high, low, new in zip(highs, lows, part.convert(deep.high.mode).split(), strict=True):
        old = ImageMath.lambda_eval(lambda of: of["h"] * 256 + of["l"], h=high.convert("I"), l=low.convert("I"))
        blended.append(
            ImageMath.lambda_eval(
                lambda of: (of["old"] * (255 - of["share"]) + of["new"] * 257 * of["share"] + 127) / 255,
                old=old,
                new=new.convert("I"),
                share=share,
            )
        )
    for image, byte in ((deep.high, lambda of: of["v"] / 256), (deep.low, lambda of: of["v"] % 256)):
        planes = [ImageMath.lambda_eval(byte, v=one).convert("L") for one in blended]
        image.paste(Image.merge(image.mode, planes), box)


def write_deep(deep: Deep, target: BinaryIO) -> None:
    """Write the image as a PNG with 16 bits per channel."""
    width, height = deep.high.size
    header = struct.pack(">IIBBBBB", width, height, _DEEP, _COLOUR_TYPES[deep.high.mode], 0, 0, 0)
    target.write(SIGNATURE + chunk(b"IHDR", header))
    packing = zlib.compressobj(4)
    for band in _bands(deep):
        if packed := packing.compress(band):
            target.write(chunk(b"IDAT", packed))
    target.write(chunk(b"IDAT", packing.flush()) + chunk(b"IEND", b""))


def _bands(deep: Deep) -> Iterator[bytes]:
    """The filtered rows, some at a time."""
    width, height = deep.high.size
    for top in range(0, height, _BAND):
        box = (0, top, width, min(height, top + _BAND))
        planes = [
            difference.tobytes()
            for pair in zip(_differences(deep.high, box), _differences(deep.low, box), strict=True)
            for difference in pair
        ]
        rows = bytearray(width * (box[3] - top) * len(planes))
        for place, plane in enumerate(planes):
            rows[place :: len(planes)] = plane
        row = width * len(planes)
        yield b"".join(_FILTER_UP + rows[start : start + row] for start in range(0, len(rows), row))


def _differences(image: Image.Image, box: tuple[int, int, int, int]) -> Iterator[Image.Image]:
    """Each channel of these rows, less the row above it. The row above the first one counts as 0."""
    left, top, right, bottom = box
    rows, above = image.crop(box).split(), image.crop((left, top - 1, right, bottom - 1)).split()
    for channel, above_it in zip(rows, above, strict=True):
        yield ImageChops.subtract_modulo(channel, above_it)
