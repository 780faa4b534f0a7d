"""A labelled sheet of many small images, made to be read on a phone's screen as well."""

from __future__ import annotations

import bisect
import io
import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from bot.pictures.ai_mark import marked
from bot.pictures.decoding import DAMAGED, FORMATS
from bot.pictures.sheets.font import composed, font

THUMBNAIL: Final = 400
"""The longer side of a cell's image in pixels."""
_WIDTH, _HEIGHT = 1600, 4000
"""The most pixels of a sheet. Discord shows it about 350 points wide on a phone."""
_GAP: Final = 8
_LABELS: Final = 36
"""A label is this part of the sheet's width: about 10 points on a phone."""
_SMALLEST: Final = 14
"""Pixels."""
_SMALLER: Final = 0.64
"""Labels that are too long for a line are this much smaller, so that two lines of them take the same height."""
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


def draw_sheet(sheet: Sheet, limit: int, *, mark: bool) -> bytes:
    """The sheet as a JPEG of at most `limit` bytes, if that is possible at all. `mark`: with the AI mark."""
    canvas = _draw(sheet)
    while True:
        for quality in _QUALITIES:
            encoded = _encoded(canvas, quality)
            encoded = marked(encoded) if mark else encoded
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
    across, alone = pen.height_of(sheet.heads, wide), pen.height_of((cell.label for cell in sheet.cells), wide)
    beside = pen.height_of(sheet.rows, size[0] - 2 * _GAP)
    for column, label in enumerate(sheet.heads):
        pen.label(label, (_GAP + column * (wide + _GAP) + wide / 2, head / 2 + _GAP / 2), wide, across)
    for number, (cell, image) in enumerate(zip(sheet.cells, images, strict=True)):
        row, column = divmod(number, sheet.columns)
        left, top = _GAP + column * (wide + _GAP), _GAP + head + row * (above + high + _GAP) + above
        if column == 0 and sheet.rows:
            pen.label(sheet.rows[row], (left, top - above / 2), size[0] - 2 * _GAP, beside, "lm")
        if cell.label:
            pen.label(cell.label, (left + wide / 2, top - above / 2), wide, alone)
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
    """Writes labels of this height in pixels, smaller where they need it."""

    draw: ImageDraw.ImageDraw
    height: float

    def height_of(self, labels: Iterable[str], room: float) -> float:
        """The height for labels side by side, which look alike: full if all fit into a line of `room` pixels."""
        fit = all(self.draw.textlength(composed(one), font(self.height)) <= room for one in labels)
        return self.height if fit else max(_SMALLEST, _SMALLER * self.height)

    def label(self, text: str, place: tuple[float, float], room: float, height: float, anchor: str = "mm") -> None:
        """A label of at most `room` pixels in one line, or in two if it is small; what fits into neither is cut."""
        letters, lines, text = font(height), [], composed(text)
        if height < self.height and (first := self._broken(text, room, letters)) < len(text):
            lines, text = [text[:first].strip()], text[first:].strip()
        fits = self._fitting(text, room, letters)
        lines.append(text if fits == len(text) else f"{text[: max(1, fits - 2)]}…")
        align = "left" if anchor == "lm" else "center"
        self.draw.multiline_text(place, "\n".join(lines), _INK, letters, anchor, height / 12, align)

    def _fitting(self, text: str, room: float, letters: ImageFont.FreeTypeFont) -> int:
        """How many of the characters fit into a line of `room` pixels; one at least."""
        counts = range(1, len(text) + 1)
        return max(1, bisect.bisect_right(counts, room, key=lambda count: self.draw.textlength(text[:count], letters)))

    def _broken(self, text: str, room: float, letters: ImageFont.FreeTypeFont) -> int:
        """Where the first line ends: at a space, if what follows fits into the second one then."""
        fits = self._fitting(text, room, letters)
        space = text.rfind(" ", 0, fits + 1) if fits < len(text) else -1
        return space if space > 0 and self.draw.textlength(text[space + 1 :], letters) <= room else fits

    def block(self, text: str, box: tuple[int, int, int, int]) -> None:
        """Some lines in the middle of a box (left, top, width, height)."""
        left, top, wide, high = box
        small = font(max(_SMALLEST, 0.72 * self.height))
        letters = max(4, int(0.9 * wide / max(1.0, small.getlength("x") * 1.05)))
        most = max(1, int(0.9 * high / (1.3 * small.getbbox("Xg")[3])))
        lines = textwrap.wrap(composed(text), letters, max_lines=most, placeholder=" …")
        middle = left + wide / 2, top + high / 2
        self.draw.multiline_text(middle, "\n".join(lines), _FAINT, small, "mm", align="center")
