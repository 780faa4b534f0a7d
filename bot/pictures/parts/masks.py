"""The masks of a part that changes: grey images, 255 where all is new, 0 where every pixel stays."""

from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from bot.errors import PictureRefused
from bot.pictures.decoding import DAMAGED, Source, opened
from bot.pictures.parts.regions import CELLS, GRID

NEW: Final = 255
_GROWN: Final = 0.02
"""How far a mask grows, as a share of the image's shorter side. Its soft edge is as wide again."""
_LEAST_GROWN, _MOST_GROWN = 4, 64
"""Pixels. A larger radius could lose single pixels to rounding."""
_PAINTED: Final = 128
"""From this brightness on, a pixel counts as marked."""


def mask_from_cells(size: tuple[int, int], bits: int) -> Image.Image:
    """The mask of cells of the grid. Raises `PictureRefused` (empty_mask) if there are none."""
    hard = Image.new("L", size)
    draw = ImageDraw.Draw(hard)
    for number in range(CELLS):
        if bits >> number & 1:
            left, top, right, bottom = cell_box(size, number)
            draw.rectangle((left, top, right - 1, bottom - 1), fill=NEW)
    return softened(hard)


def cell_box(size: tuple[int, int], number: int) -> tuple[int, int, int, int]:
    """The cell's left, top, right and bottom edge in pixels. Cells of a tiny image overlap, so that none is empty."""
    row, column = divmod(number, GRID)
    (left, right), (top, bottom) = _span(size[0], column), _span(size[1], row)
    return left, top, right, bottom


def _span(length: int, place: int) -> tuple[int, int]:
    return place * length // GRID, -(-(place + 1) * length // GRID)


def mask_from_png(png: Source, size: tuple[int, int]) -> Image.Image:
    """The mask that a member drew on an image of this size: bright, opaque pixels are new.

    Raises `PictureRefused`: not_a_mask (no PNG, or damaged), mask_size (of another image's size), empty_mask (nothing
    is marked). The size is read from the header, so a decompression bomb is refused before it is decoded.
    """
    try:
        with opened(png) as file, Image.open(file, formats=("PNG",)) as image:
            if image.size != size:
                raise PictureRefused("mask_size")
            painted = image.convert("RGBA")
    except (*DAMAGED, Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise PictureRefused("not_a_mask") from fault
    hard = Image.new("L", size)
    hard.paste(painted.convert("L"), mask=painted.getchannel("A"))
    return softened(hard.point(lambda value: NEW if value >= _PAINTED else 0))


def softened(hard: Image.Image) -> Image.Image:
    """A mask of 0 and 255, grown a little and soft beyond that: what was 255 stays 255, and beyond twice `growth` what
    was 0 stays 0. Raises `PictureRefused` (empty_mask) if nothing is 255.
    """
    if hard.getbbox() is None:
        raise PictureRefused("empty_mask")
    reach = growth(hard.size)
    grown = hard
    # A blur reaches exactly as far as its radius, so what it touches is the mask grown by a square. One axis at a time:
    # a single pixel would be rounded away if both blurred it.
    for radius in ((reach, 0), (0, reach)):
        grown = grown.filter(ImageFilter.BoxBlur(radius)).point(lambda value: NEW if value else 0)
    # Two blurs reach as far as one of both radii together, and their slope has no corners.
    half = reach // 2
    return grown.filter(ImageFilter.BoxBlur(half)).filter(ImageFilter.BoxBlur(reach - half))


def growth(size: tuple[int, int]) -> int:
    """How far a mask of an image of this size grows, in pixels."""
    return max(_LEAST_GROWN, min(_MOST_GROWN, round(min(size) * _GROWN)))
