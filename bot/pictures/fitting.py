"""An image within an upload limit: as it is, as the same pixels in fewer bytes, or smaller.

Encoding is what takes the time: a sample of the image says what is worth trying, before it is tried on the whole.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image

from bot.pictures.animation import animated_copy
from bot.pictures.decoding import DAMAGED, OUTPUT_FORMATS, Source, decoded, eight_bits, opened, source_size

_QUALITIES: Final = (95, 90, 80, 70)
_WEBP_SIDE: Final = 16383
"""Pixels a side; WebP holds no more."""
_PNG_DEPTH: Final = 24
"""Where a PNG says how many bits a channel has."""
_MOST_PIXELS: Final = 32_000_000
"""Of a copy. An encoder needs up to ten bytes for each, beside the image itself."""
# exact: the colours under full transparency are pixels too.
_THOROUGH: Final = {"lossless": True, "exact": True, "quality": 80, "method": 4}
_QUICK: Final = {"lossless": True, "exact": True, "quality": 20, "method": 0}
_MOST_THOROUGH: Final = 6_000_000
"""Up to so many pixels the lossless encoder may take its time, and 40 bytes of memory for each."""
_TILES, _TILE_SIDE = 6, 96
"""A sample is so many tiles in a row and in a column, of so many pixels a side: enough to be right within a tenth."""
_MARGIN: Final = 1.1
"""By so much a sample may be wrong: what it says is a little too large is tried all the same."""
_METHOD: Final = 2
"""Of the lossy encoder: of photographs as good as 4, in half the time and a third of the memory."""
_SHRINK: Final = 0.9
"""A smaller copy has at most so many of the pixels a side: a few less would make no difference."""
_HALF: Final = 0.5
_MARGIN_BELOW: Final = 0.95
"""By so much less is aimed for, at least, after a copy was too large."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture that fits an upload limit; `suffix` names its format (".webp"), `changed` says what was done to it:
    None (the very same bytes), "lossless" (another format, the same pixels), "smaller", or "shorter": an animation's
    beginning.
    """

    content: bytes
    suffix: str | None
    changed: str | None


def fit(source: Source, limit: int) -> Fitted | None:
    """The picture as it is if it has at most `limit` bytes, else as lossless WebP, else smaller until it fits; an
    animation goes on moving.

    None for what is no picture, or too large to be decoded: nothing can be done about its size.
    """
    with opened(source) as file:
        if source_size(source) <= limit:
            return Fitted(file.read(), None, None)
        try:
            with Image.open(file, formats=OUTPUT_FORMATS) as image:
                return _copy(image, file, limit)
        except (*DAMAGED, Image.DecompressionBombError):
            return None


def _copy(image: Image.Image, file: BinaryIO, limit: int) -> Fitted | None:
    if getattr(image, "is_animated", False):
        content, whole = animated_copy(image, file, limit)
        return Fitted(content, ".webp", "smaller" if whole else "shorter")
    survives = _survives_webp(image, file)
    pixels = eight_bits(decoded(image, file, _MOST_PIXELS))
    if survives and _may_fit(pixels, limit):
        lossless = _lossless(pixels)
        if lossless is not None and len(lossless) <= limit:
            return Fitted(lossless, ".webp", "lossless")
    if max(pixels.size) > _WEBP_SIDE:
        pixels = _resized(pixels, _WEBP_SIDE / max(pixels.size))
    return Fitted(_lossy(pixels, limit), ".webp", "smaller")


def _survives_webp(image: Image.Image, file: BinaryIO) -> bool:
    """Whether a WebP can hold every pixel: 8 bits a channel, not too large."""
    file.seek(_PNG_DEPTH)
    deep = image.mode.startswith(("I", "F")) or (image.format == "PNG" and file.read(1) > b"\x08")
    return not deep and max(image.size) <= _WEBP_SIDE and image.width * image.height <= _MOST_PIXELS


def _may_fit(image: Image.Image, limit: int) -> bool:
    """Whether a lossless copy is worth its time: noise stays as large as it is in any format."""
    sampled = _sample(image)
    if sampled is image:
        return True
    # The quick encoder is never half as good: what it rules out needs no second look.
    for options, margin in ((_QUICK, 2 * _MARGIN), (_THOROUGH, _MARGIN)):
        small = _encoded(sampled, **options)
        if small is None or len(small) * _share(image, sampled) > limit * margin:
            return False
    return True


def _lossless(image: Image.Image) -> bytes | None:
    return _encoded(image, **(_THOROUGH if image.width * image.height <= _MOST_THOROUGH else _QUICK))


def _lossy(image: Image.Image, limit: int) -> bytes:
    """The best quality whose sample promises to fit; of a smaller copy, where even the lowest does not."""
    target = float(limit)
    while True:
        quality, expected = _best_quality(image, target)
        if expected > target and max(image.size) > 1:
            shrink = math.sqrt(target / expected) if math.isfinite(expected) else _HALF
            image = _resized(image, min(_SHRINK, shrink))
            continue
        copy = _encoded(image, quality=quality, method=_METHOD)
        if copy is not None and (len(copy) <= limit or max(image.size) == 1):
            return copy
        if max(image.size) == 1:
            raise MemoryError("not even a pixel can be encoded")
        # The sample was not like the rest, or there was no room to encode it all.
        target *= _HALF if copy is None else min(_MARGIN_BELOW, limit / len(copy))


def _best_quality(image: Image.Image, target: float) -> tuple[int, float]:
    """The highest quality that keeps the image within `target` bytes, else the lowest; and how many bytes to expect."""
    sampled = _sample(image)
    for quality in _QUALITIES:
        small = _encoded(sampled, quality=quality, method=_METHOD)
        expected = math.inf if small is None else len(small) * _share(image, sampled)
        if expected <= target or quality == _QUALITIES[-1]:
            return quality, expected
    raise AssertionError  # the last round returned


def _sample(image: Image.Image) -> Image.Image:
    """Tiles from all over the image side by side; the image itself where it is hardly larger."""
    side = _TILES * _TILE_SIDE
    if min(image.size) < side or image.width * image.height < 2 * side * side:
        return image
    sampled = Image.new(image.mode, (side, side))
    for number in range(_TILES * _TILES):
        column, row = number % _TILES, number // _TILES
        left = column * (image.width - _TILE_SIDE) // (_TILES - 1)
        top = row * (image.height - _TILE_SIDE) // (_TILES - 1)
        tile = image.crop((left, top, left + _TILE_SIDE, top + _TILE_SIDE))
        sampled.paste(tile, (column * _TILE_SIDE, row * _TILE_SIDE))
    return sampled


def _share(image: Image.Image, sampled: Image.Image) -> float:
    """How many times larger the image is than its sample."""
    return image.width * image.height / (sampled.width * sampled.height)


def _resized(image: Image.Image, factor: float) -> Image.Image:
    width, height = (max(1, int(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, **options: float) -> bytes | None:
    """The image as WebP; None where the encoder had not enough memory."""
    buffer = io.BytesIO()
    try:
        image.save(buffer, "WEBP", **options)
    except (MemoryError, OSError, ValueError):
        return None
    return buffer.getvalue()
