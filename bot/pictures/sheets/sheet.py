"""A labelled sheet of many small images, made to be read on a phone's screen as well."""

from __future__ import annotations

import io
import math
import textwrap
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.decoding import DAMAGED, FORMATS

THUMBNAIL: Final = 400
"""The longer side of a cell's image in pixels."""
_WIDTH, _HEIGHT = 1600, 4000
"""The most pixels of a sheet. Discord shows it about 350 points wide on a phone."""
_GAP: Final = 8
_LABELS: Final = 36
"""A label is this part of the sheet's width: about 10 points on a phone."""
_SMALLEST: Final = 14
"""Pixels; smaller labels are cut."""
_QUALITIES: Final = (88, 75, 60, 40)
_BEHIND, _EMPTY, _INK, _FAINT = "#f2f3f5", "#d5d8dd", "#1e1f22", "#4e5058"


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One cell: its image (a file's bytes), or `words` that say why there is none. `label` stands above it."""

    image: bytes | None = None
    words: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells row by row. `heads` are the labels of the columns, `rows` those of the rows; both may be empty."""

    columns: int
    heads: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[SheetCell, ...]


def thumbnail(png: bytes) -> bytes:
    """A small JPEG of an image that `sampling.samples` made."""
    with Image.open(io.BytesIO(png), formats=FORMATS) as image:
        small = image.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    return _encoded(small, _QUALITIES[0])


def draw_sheet(sheet: Sheet, limit: int) -> bytes:
    """The sheet as a JPEG of at most `limit` bytes, if that is possible at all."""
    canvas = _draw(sheet)
    while True:
        for quality in _QUALITIES:
            encoded = _encoded(canvas, quality)
            if len(encoded) <= limit or min(canvas.size) <= _SMALLEST:
                return encoded
        canvas = canvas.reduce(2)


def _draw(sheet: Sheet) -> Image.Image:
    images = [_opened(cell.image) for cell in sheet.cells]
    shape = max((image.height / image.width for image in images if image is not None), default=1.0)
    rows = math.ceil(len(sheet.cells) / sheet.columns)
    wide, high, text = _measures(sheet, rows, shape)
    strip = round(1.6 * text)
    head = strip if sheet.heads else 0
    above = strip if sheet.rows or any(cell.label for cell in sheet.cells) else 0
    size = sheet.columns * (wide + _GAP) + _GAP, head + rows * (above + high + _GAP) + _GAP
    canvas = Image.new("RGB", size, _BEHIND)
    pen = _Pen(ImageDraw.Draw(canvas), text)
    for column, label in enumerate(sheet.heads):
        pen.line(label, _GAP + column * (wide + _GAP) + wide / 2, head / 2 + _GAP / 2, wide)
    for number, (cell, image) in enumerate(zip(sheet.cells, images, strict=True)):
        row, column = divmod(number, sheet.columns)
        left, top = _GAP + column * (wide + _GAP), _GAP + head + row * (above + high + _GAP) + above
        if column == 0 and sheet.rows:
            pen.line(sheet.rows[row], left, top - above / 2, size[0] - 2 * _GAP, anchor="lm")
        if cell.label:
            pen.line(cell.label, left + wide / 2, top - above / 2, wide)
        if image is None:
            pen.draw.rectangle((left, top, left + wide - 1, top + high - 1), _EMPTY)
            pen.block(cell.words, (left, top, wide, high))
        else:
            scale = min(wide / image.width, high / image.height)
            fitted = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
            canvas.paste(fitted, (left + (wide - fitted.width) // 2, top + (high - fitted.height) // 2))
    return canvas


def _measures(sheet: Sheet, rows: int, shape: float) -> tuple[int, int, float]:
    """The width and height of a cell and the height of a label, in pixels, so that the sheet stays within bounds."""
    wide = min(THUMBNAIL, (_WIDTH - _GAP) // sheet.columns - _GAP)
    if shape > 1:
        wide = min(wide, round(THUMBNAIL / shape))
    text = max(_SMALLEST, (wide + _GAP) * sheet.columns / _LABELS)
    strips = 1.6 * text * (rows + 1)
    high = min(round(wide * shape), int((_HEIGHT - strips) / rows) - _GAP)
    high = max(high, 2 * _SMALLEST)
    return wide, high, text


def _opened(content: bytes | None) -> Image.Image | None:
    if content is None:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return image.convert("RGB")
    except DAMAGED:
        return None


def _encoded(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@dataclass(slots=True)
class _Pen:
    """Writes labels of this height, smaller where they need it."""

    draw: ImageDraw.ImageDraw
    height: float

    def line(self, text: str, across: float, down: float, room: float, anchor: str = "mm") -> None:
        """One line of at most `room` pixels; what does not fit even in small letters is cut."""
        height = self.height
        while height > _SMALLEST and self.draw.textlength(text, _font(height)) > room:
            height = max(_SMALLEST, 0.9 * height)
        while len(text) > 1 and self.draw.textlength(text, _font(height)) > room:
            text = f"{text.rstrip('…')[:-1]}…"
        self.draw.text((across, down), text, _INK, _font(height), anchor)

    def block(self, text: str, box: tuple[int, int, int, int]) -> None:
        """Some lines in the middle of a box (left, top, width, height)."""
        left, top, wide, high = box
        font = _font(max(_SMALLEST, 0.72 * self.height))
        letters = max(4, int(0.9 * wide / max(1.0, font.getlength("x") * 1.05)))
        most = max(1, int(0.9 * high / (1.3 * font.getbbox("Xg")[3])))
        lines = textwrap.wrap(text, letters, max_lines=most, placeholder=" …")
        middle = left + wide / 2, top + high / 2
        self.draw.multiline_text(middle, "\n".join(lines), _FAINT, font, "mm", align="center")


def _font(height: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(height)
