"""From an image and the part of it to change to the files of a job: the original and its mask."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from bot.errors import PictureRefused
from bot.pictures.cleaning import clean_into
from bot.pictures.decoding import DAMAGED, Source, eight_bits
from bot.pictures.parts.deep import Deep, placed, read_deep, write_deep
from bot.pictures.parts.frames import extended, frame_for
from bot.pictures.parts.masks import mask_from_cells, mask_from_png
from bot.pictures.parts.regions import MOST_PART_PIXELS, Cells, MaskForm, Painted, Region


@dataclass(frozen=True, slots=True)
class Places:
    """Where the PNGs of a part are written: the upright `original` (in its larger frame, if that is extended), its
    `mask` (white changes), the `image` for the workflow, and the mask as the workflow wants it (`given`).

    `image` is not written if it is the same as `original`, `given` not if it is the same as `mask`.
    """

    original: Path
    mask: Path
    image: Path
    given: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """The image's size in pixels before and after it was scaled down to fit its frame; the same if it was not."""

    before: tuple[int, int]
    inner: tuple[int, int]


def prepare_part(source: Source, region: Region, most_pixels: int, form: MaskForm, places: Places) -> Prepared:
    """Write the PNGs of a part to change. `most_pixels` limits an extended frame. Raises `PictureRefused`."""
    with places.original.open("wb") as file:
        clean_into(source, file, MOST_PART_PIXELS, scratch=places.original.parent)
    with Image.open(places.original, formats=("PNG",)) as image:
        image.load()
        pixels = eight_bits(image)
    deep = _deep(source)
    before = inner = pixels.size
    if isinstance(region, Cells):
        area = mask_from_cells(pixels.size, region.bits)
    elif isinstance(region, Painted):
        area = mask_from_png(region.png, pixels.size)
    else:
        frame = frame_for(pixels.size, region, most_pixels)
        pixels, area = extended(pixels, frame)
        inner = frame.inner
        # Scaling mixes pixels anyway, so a scaled image keeps 8 bits per channel.
        deep = placed(deep, pixels, frame.place) if deep is not None and inner == before else None
        _save(pixels, places.original)
    if deep is not None:
        # Only the original keeps 16 bits: how ComfyUI reads those depends on its version.
        places.original.replace(places.image)
        with places.original.open("wb") as file:
            write_deep(deep, file)
    _save(area, places.mask)
    if form != "white":
        _save(_formed(pixels, area, form), places.given)
    return Prepared(before, inner)


def _deep(source: Source) -> Deep | None:
    try:
        return read_deep(source)
    except DAMAGED as fault:
        raise PictureRefused("not_a_picture") from fault


def _formed(pixels: Image.Image, area: Image.Image, form: MaskForm) -> Image.Image:
    turned = area if form == "opaque" else ImageChops.invert(area)
    if form == "black":
        return turned
    # Straight alpha: the colours below stay, and ComfyUI reads image and mask apart.
    pixels.putalpha(turned)
    return pixels


def _save(image: Image.Image, path: Path) -> None:
    image.save(path, "PNG", compress_level=1)
