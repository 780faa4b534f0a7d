"""From an image and the part of it to change to the files of a job: the original and its mask."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from bot.pictures.cleaning import clean_into
from bot.pictures.decoding import Source, eight_bits
from bot.pictures.parts.frames import extended, frame_for
from bot.pictures.parts.masks import mask_from_cells, mask_from_png
from bot.pictures.parts.regions import Cells, MaskForm, Painted, Region

MOST_PART_PIXELS: Final = 24_000_000
"""Pixels of an original. It, its mask and its result are in memory together."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The size of the original in its files, in pixels; of an extended one, what is left of the image in its frame
    (`inner`) and what the image had before (`before`).
    """

    size: tuple[int, int]
    inner: tuple[int, int]
    before: tuple[int, int]


def prepare_part(
    source: Source, region: Region, most_pixels: int, form: MaskForm, original: Path, mask: Path, given: Path
) -> Prepared:
    """Write the upright original (in its larger frame, if the region is an extension), the mask, and what the workflow
    gets as its mask, as PNGs. In `mask` white changes; if the workflow wants the same, `given` is not written.

    `most_pixels` limits an extended frame. Raises `PictureRefused`.
    """
    with original.open("wb") as file:
        clean_into(source, file, MOST_PART_PIXELS, scratch=original.parent)
    with Image.open(original, formats=("PNG",)) as image:
        image.load()
        pixels = eight_bits(image)
    before = inner = pixels.size
    if isinstance(region, Cells):
        area = mask_from_cells(pixels.size, region.bits)
    elif isinstance(region, Painted):
        area = mask_from_png(region.png, pixels.size)
    else:
        frame = frame_for(pixels.size, region, most_pixels)
        pixels, area = extended(pixels, frame)
        inner = frame.inner
        _save(pixels, original)
    _save(area, mask)
    if form != "white":
        _save(_formed(pixels, area, form), given)
    return Prepared(area.size, inner, before)


def _formed(pixels: Image.Image, area: Image.Image, form: MaskForm) -> Image.Image:
    turned = area if form == "opaque" else ImageChops.invert(area)
    if form == "black":
        return turned
    # Straight alpha: the colours below stay, and ComfyUI reads image and mask apart.
    pixels.putalpha(turned)
    return pixels


def _save(image: Image.Image, path: Path) -> None:
    image.save(path, "PNG", compress_level=3)
