"""The font of sheets: DejaVu Sans, cut down to Latin, Greek, Cyrillic and common signs. Its licence is in the file.

The whole font would be seven times as large, and one for Chinese, Japanese and Korean a hundred times.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import ImageFont

_FILE: Final = Path(__file__).with_name("DejaVuSans.ttf")
_PROBED: Final = 16.0
"""Pixels at which characters are looked for."""
_MISSING: Final = "\uffff"
"""No character: the font draws it as it draws all that it lacks."""


@lru_cache(64)
def font(height: float) -> ImageFont.FreeTypeFont:
    """The font in this size in pixels."""
    return ImageFont.truetype(_FILE, height, layout_engine=ImageFont.Layout.BASIC)


def composed(text: str) -> str:
    """The text in one line, with accents and letters as one character each, which is how the font has them."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def can_draw(text: str) -> bool:
    """Whether the font has all characters of a line."""
    return text.isprintable() and (text.isascii() or all(map(_has, composed(text))))


@lru_cache(4096)
def _has(character: str) -> bool:
    return bytes(font(_PROBED).getmask(character)) != bytes(font(_PROBED).getmask(_MISSING))
