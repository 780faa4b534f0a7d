"""Fit an image into an upload limit: unchanged, as the same pixels in fewer bytes, or smaller.

Encoding is the slow part, so each encoding is first tried on a sample of the image.
"""

import io
import math
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image

from bot.pictures.ai_mark import packet_of
from bot.pictures.animation import animated_copy
from bot.pictures.decoding import DAMAGED, OUTPUT_FORMATS, Source, decoded, eight_bits, opened, source_size

_QUALITIES: Final = (95, 90, 80, 70)
_WEBP_SIDE: Final = 16383
"""Pixels per side; the limit of WebP."""
_PNG_DEPTH: Final = 24
"""The offset of a PNG's bit depth."""
_MOST_PIXELS: Final = 32_000_000
"""Pixels of a copy. An encoder needs up to ten bytes per pixel, in addition to the image itself."""
# exact: keep the colours of fully transparent pixels as well.
_THOROUGH: Final = {"lossless": True, "exact": True, "quality": 80, "method": 4}
_QUICK: Final = {"lossless": True, "exact": True, "quality": 20, "method": 0}
_MOST_THOROUGH: Final = 6_000_000
"""Pixels. Up to this size the slow lossless encoder is used, which needs 40 bytes of memory per pixel."""
_TILES, _TILE_SIDE = 6, 96
"""A sample has this many tiles per row and column, each with this many pixels per side. It is right within 10%."""
_MARGIN: Final = 1.1
"""How far the sample may be wrong. Up to this factor over the limit, the whole image is tried anyway."""
_METHOD: Final = 2
"""Of the lossy encoder. For photographs it equals method 4, with half the time and a third of the memory."""
_SHRINK: Final = 0.9
"""The largest factor per side for a smaller copy: shrinking by less would make no difference."""
_HALF: Final = 0.5
_MARK_SHARE: Final = 4
"""How many times larger than its XMP packet a copy has to be allowed to be."""
_MARGIN_BELOW: Final = 0.95
"""After a copy that was too large, the target shrinks at least by this factor."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """An image that fits an upload limit. `suffix` is its file extension (".webp"). `changed`: None (the same bytes),
    "lossless" (another format with the same pixels), "smaller", or "shorter" (the beginning of an animation).
    """

    content: bytes
    suffix: str | None
    changed: str | None


def fit(source: Source, limit: int) -> Fitted | None:
    """The image unchanged if it has at most `limit` bytes, else as lossless WebP, else smaller until it fits. An
    animation stays an animation.

    None if the file is not an image or too large to decode, so that it cannot be made smaller.
    """
    with opened(source) as file:
        if source_size(source) <= limit:
            return Fitted(file.read(), None, None)
        packet = packet_of(file)
        # Where there is next to no room, the image needs all of it.
        packet = packet if len(packet) * _MARK_SHARE <= limit else b""
        file.seek(0)
        try:
            with Image.open(file, formats=OUTPUT_FORMATS) as image:
                return _copy(image, file, limit, packet)
        except (*DAMAGED, Image.DecompressionBombError):
            return None


def _copy(image: Image.Image, file: BinaryIO, limit: int, packet: bytes) -> Fitted | None:
    if getattr(image, "is_animated", False):
        content, whole = animated_copy(image, file, limit, packet)
        return Fitted(content, ".webp", "smaller" if whole else "shorter")
    survives = _survives_webp(image, file)
    pixels = eight_bits(decoded(image, file, _MOST_PIXELS))
    if survives and _may_fit(pixels, limit):
        lossless = _lossless(pixels, packet)
        if lossless is not None and len(lossless) <= limit:
            return Fitted(lossless, ".webp", "lossless")
    if max(pixels.size) > _WEBP_SIDE:
        pixels = _resized(pixels, _WEBP_SIDE / max(pixels.size))
    return Fitted(_lossy(pixels, limit, packet), ".webp", "smaller")


def _survives_webp(image: Image.Image, file: BinaryIO) -> bool:
    """Whether WebP can store every pixel: 8 bits per channel, and not too many pixels."""
    file.seek(_PNG_DEPTH)
    deep = image.mode.startswith(("I", "F")) or (image.format == "PNG" and file.read(1) > b"\x08")
    return not deep and max(image.size) <= _WEBP_SIDE and image.width * image.height <= _MOST_PIXELS


def _may_fit(image: Image.Image, limit: int) -> bool:
    """Whether a lossless copy is worth trying. Noise, for example, is equally large in every format."""
    sampled = _sample(image)
    if sampled is image:
        return True
        # The slow encoder never halves the result of the quick one, so a clear failure of the quick one is enough.
    for options, margin in ((_QUICK, 2 * _MARGIN), (_THOROUGH, _MARGIN)):
        small = _encoded(sampled, b"", **options)
        if small is None or len(small) * _share(image, sampled) > limit * margin:
            return False
    return True


def _lossless(image: Image.Image, packet: bytes) -> bytes | None:
    return _encoded(image, packet, **(_THOROUGH if image.width * image.height <= _MOST_THOROUGH else _QUICK))


def _lossy(image: Image.Image, limit: int, packet: bytes) -> bytes:
    """The best quality expected to fit, by the sample; of a smaller copy if even the lowest quality does not fit."""
    target = float(limit)
    while True:
        quality, expected = _best_quality(image, target)
        if expected > target and max(image.size) > 1:
            shrink = math.sqrt(target / expected) if math.isfinite(expected) else _HALF
            image = _resized(image, min(_SHRINK, shrink))
            continue
        copy = _encoded(image, packet, quality=quality, method=_METHOD)
        if copy is not None and (len(copy) <= limit or max(image.size) == 1):
            return copy
        if max(image.size) == 1:
            raise MemoryError("not even a pixel can be encoded")
        # The sample was not typical of the image, or there was not enough memory to encode it all.
        target *= _HALF if copy is None else min(_MARGIN_BELOW, limit / len(copy))


def _best_quality(image: Image.Image, target: float) -> tuple[int, float]:
    """The highest quality with at most `target` bytes, else the lowest; with the number of bytes to expect."""
    sampled = _sample(image)
    for quality in _QUALITIES:
        small = _encoded(sampled, b"", quality=quality, method=_METHOD)
        expected = math.inf if small is None else len(small) * _share(image, sampled)
        if expected <= target or quality == _QUALITIES[-1]:
            return quality, expected
    raise AssertionError  # the last round returned


def _sample(image: Image.Image) -> Image.Image:
    """Tiles from all over the image, side by side; the image itself if it is hardly larger than that."""
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
    """The image's pixels divided by the sample's."""
    return image.width * image.height / (sampled.width * sampled.height)


def _resized(image: Image.Image, factor: float) -> Image.Image:
    width, height = (max(1, int(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, packet: bytes, /, **options: float) -> bytes | None:
    """The image as WebP, with this XMP packet; None if the encoder ran out of memory."""
    buffer = io.BytesIO()
    try:
        image.save(buffer, "WEBP", xmp=packet, **options)
    except (MemoryError, OSError, ValueError):
        return None
    return buffer.getvalue()
