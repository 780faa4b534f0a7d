"""A smaller copy of an animation, in bounded memory and time."""

from __future__ import annotations

import io
import math
from typing import Final

from PIL import Image

from bot.pictures.decoding import eight_bits

_FRAME_MS: Final = 100
"""A frame that does not say how long it is shown."""
_MOST_DECODED: Final = 600_000_000
"""Pixels of all frames together: about 15 seconds. Each frame builds on the one before, so none can be skipped."""
_MOST_FRAMES: Final = 1000
_MOST_FRAME: Final = 20_000_000
"""Pixels of one frame: Pillow keeps up to three of them to build the next."""
_MOST_KEPT: Final = 20_000_000
"""Pixels of all frames together that are in memory at once."""
_SHRINK: Final = 0.8


def animated_copy(image: Image.Image, limit: int) -> tuple[bytes, bool]:
    """A WebP of at most `limit` bytes, and whether it has all the frames: a very long one is cut. Raises one of
    `DAMAGED`.
    """
    pixels = image.width * image.height
    if pixels > _MOST_FRAME:
        raise MemoryError("too many pixels in a frame")
    total: int = getattr(image, "n_frames", 1)
    count = max(1, min(total, _MOST_DECODED // pixels, _MOST_FRAMES))
    frames, durations = _frames(image, count)
    size = frames[0].size
    while True:
        content = _webp(frames, durations, size)
        if len(content) <= limit or max(size) == 1:
            return content, count == total
        # Straight to about the right size, since each try encodes every frame.
        size = _scaled(size, min(_SHRINK, 0.95 * math.sqrt(limit / len(content))))


def _frames(image: Image.Image, count: int) -> tuple[list[Image.Image], list[int]]:
    """The first frames, each made small enough before the next is decoded; and their durations in milliseconds."""
    size = _scaled(image.size, min(1.0, math.sqrt(_MOST_KEPT / (image.width * image.height * count))))
    frames: list[Image.Image] = []
    durations: list[int] = []
    for number in range(count):
        try:
            image.seek(number)
        except EOFError:
            break  # there are fewer than the file says
        frame = eight_bits(image)
        # `image` is the next frame in a moment, so that this has to be a copy.
        frames.append(frame.copy() if frame.size == size else frame.resize(size, Image.Resampling.BICUBIC))
        durations.append(max(1, int(frame.info.get("duration") or _FRAME_MS)))
    return frames, durations


def _webp(frames: list[Image.Image], durations: list[int], size: tuple[int, int]) -> bytes:
    fitting = (one if one.size == size else one.resize(size, Image.Resampling.LANCZOS) for one in frames)
    first, *others = fitting
    buffer = io.BytesIO()
    first.save(buffer, "WEBP", save_all=True, append_images=others, duration=durations, loop=0, quality=70, method=2)
    return buffer.getvalue()


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))
