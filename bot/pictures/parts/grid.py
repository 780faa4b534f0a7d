"""An image with the grid on it from which members choose the cells to change."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.errors import PictureRefused
from bot.pictures.ai_mark import packet_of
from bot.pictures.decoding import FORMATS, Source, decoded, eight_bits, opened
from bot.pictures.parts.masks import cell_box
from bot.pictures.parts.regions import CELLS, MOST_PART_PIXELS, cell_name

_LONG, _LONGEST = 1024, 2048
"""The longer side in pixels, and of a very long image. A phone's screen is about as wide as the first."""
_SHORT: Final = 384
"""The shorter side in pixels at least, as far as `_LONGEST` allows: the cells need room for their labels."""
_MOST_PIXELS: Final = 16_000_000
"""Larger images are decoded at a smaller size."""
_LABEL: Final = 0.32
"""The height of a label, as a share of its cell's shorter side."""
_QUALITY: Final = 85
_LIGHT, _DARK, _BEHIND = "white", "black", "#5c5e66"
"""The colours of the grid, and behind transparent pixels."""


def with_grid(source: Source) -> bytes:
    """A JPEG of the image with labelled cells. Lines and labels are light within dark, so they show on everything.
    It keeps the image's XMP, where the AI mark is.

    Raises `PictureRefused` for an image that is too large to be changed, one of `decoding.DAMAGED`, or Pillow's
    `DecompressionBombError`.
    """
    with opened(source) as file:
        packet = packet_of(file)
        file.seek(0)
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PART_PIXELS:
                raise PictureRefused("too_many_pixels", MOST_PART_PIXELS)
            shown = eight_bits(ImageOps.exif_transpose(decoded(image, file, _MOST_PIXELS)))
    scale = min(max(_LONG / max(shown.size), _SHORT / min(shown.size)), _LONGEST / max(shown.size))
    width, height = (max(1, round(side * scale)) for side in shown.size)
    shown = shown.resize((width, height), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", shown.size, _BEHIND)
    canvas.paste(shown, mask=shown if shown.mode == "RGBA" else None)
    _draw_cells(canvas)
    encoded = io.BytesIO()
    canvas.save(encoded, "JPEG", quality=_QUALITY, **({"xmp": packet} if packet else {}))
    return encoded.getvalue()


def _draw_cells(canvas: Image.Image) -> None:
    draw = ImageDraw.Draw(canvas)
    boxes = [cell_box(canvas.size, number) for number in range(CELLS)]
    high = max(10.0, _LABEL * min(boxes[0][2], boxes[0][3]))
    font, line = ImageFont.load_default(high), max(2, round(max(canvas.size) / 400))
    for colour, width in ((_DARK, 3 * line), (_LIGHT, line)):
        for left, top, right, bottom in boxes:
            outer = left - width // 2, top - width // 2, right + width // 2, bottom + width // 2
            draw.rectangle(outer, None, colour, width)
    for number, (left, top, right, bottom) in enumerate(boxes):
        middle = (left + right) / 2, (top + bottom) / 2
        draw.text(middle, cell_name(number), _LIGHT, font, "mm", stroke_width=max(2.0, high / 12), stroke_fill=_DARK)
