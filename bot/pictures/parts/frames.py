"""A larger frame around an image, for zooming out and panning."""

import math
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFilter

from bot.pictures.parts.masks import NEW, softened
from bot.pictures.parts.regions import Extension

MOST_FRAME_PIXELS: Final = 2048 * 2048
"""Pixels of a frame at most. Many workflows work on all of them at once."""
_MOST_SIDE: Final = 8192
_STEP: Final = 8
"""Models work on blocks of this many pixels."""
_BLUR: Final = 1 / 40
"""The blur's radius, as a share of the longer side."""
_SHRINK: Final = 0.99


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the image, scaled to `inner`, lies (`place`) in a frame of `outer`. All in pixels."""

    outer: tuple[int, int]
    inner: tuple[int, int]
    place: tuple[int, int]


def frame_for(size: tuple[int, int], more: Extension, most_pixels: int) -> Frame:
    """The frame around an image of this size. The image is scaled down first if the frame would otherwise have more
    than `most_pixels`.
    """
    most = max(_STEP * _STEP * 4, min(most_pixels, MOST_FRAME_PIXELS))
    wanted = size[0] * (1 + more.left + more.right), size[1] * (1 + more.top + more.bottom)
    scale = min(1.0, math.sqrt(most / (wanted[0] * wanted[1])), _MOST_SIDE / max(wanted))
    while True:
        inner = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        width, left = _extended(inner[0], more.left, more.right)
        height, top = _extended(inner[1], more.top, more.bottom)
        if (width * height <= most and max(width, height) <= _MOST_SIDE) or inner == (1, 1):
            return Frame((width, height), inner, (left, top))
        scale *= _SHRINK


def _extended(length: int, before: float, after: float) -> tuple[int, int]:
    """The longer side in pixels, and how many of those are before the image."""
    if not before and not after:
        return length, 0
    first, last = math.ceil(length * before), math.ceil(length * after)
    spare = -(first + length + last) % _STEP
    ahead = spare // 2 if before and after else spare if before else 0
    return first + length + last + spare, first + ahead


def extended(image: Image.Image, frame: Frame) -> tuple[Image.Image, Image.Image]:
    """The frame with the image in it, and the mask of its new part. Around the image lie its own mirrored copies,
    blurred: the model starts from its colours.
    """
    inner = image if image.size == frame.inner else image.resize(frame.inner, Image.Resampling.LANCZOS)
    canvas = Image.new(inner.mode, frame.outer)
    (left, top), (width, height) = frame.place, frame.inner
    for row in _copies(top, height, frame.outer[1]):
        for column in _copies(left, width, frame.outer[0]):
            copy = inner.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if column % 2 else inner
            copy = copy.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if row % 2 else copy
            canvas.paste(copy, (left + column * width, top + row * height))
    radius = max(1, round(max(frame.outer) * _BLUR))
    for _ in range(2):
        canvas = canvas.filter(ImageFilter.BoxBlur(radius))
    canvas.paste(inner, frame.place)
    hard = Image.new("L", frame.outer, NEW)
    hard.paste(0, (left, top, left + width, top + height))
    return canvas, softened(hard)


def _copies(start: int, length: int, whole: int) -> range:
    """The numbers of the copies, with 0 for the image itself, that cover one side of the frame."""
    return range(-math.ceil(start / length), math.ceil((whole - start) / length))
