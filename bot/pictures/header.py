"""Estimate from a file's first bytes how much memory and time an image takes. Pure.

Pillow is not used: for some formats it allocates the whole image as soon as the file is opened.
"""

from enum import Enum
from typing import Final

HEAD: Final = 2**18
"""Bytes to read. A PNG of ComfyUI has its graph before the pixels, and a camera's JPEG has a preview first."""
_LIGHT_PIXELS: Final = 2_000_000
"""Decoded, this many pixels take 8 MB; encoding them takes less than a second."""
_ORDINARY_PIXELS: Final = 4_500_000
"""2048 x 2048 pixels and a few more. 200 MB are enough for every conversion of that size."""

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
_WEBP: Final = b"RIFF", b"WEBP"
_AVIF: Final = frozenset({b"ftypavif", b"ftypavis", b"ftypmif1", b"ftypmsf1"})
_FILE_SIGNATURES: Final = _PNG, _JPEG, b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"
"""The first bytes of the formats in `decoding`."""
_FRAME_HEADERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG markers followed by the image's size (ITU-T T.81, table B.1)."""
_START_OF_SCAN: Final = 0xDA
_WITHOUT_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})
"""JPEG markers without a length field."""
_ANIMATED_FLAG: Final = 0x02
"""The animation flag in WebP's extended header."""


class Load(Enum):
    """How much work an image is. Animations count as large: counting their frames would take too long."""

    LIGHT = "light"
    ORDINARY = "ordinary"
    LARGE = "large"


def weigh(head: bytes) -> Load | None:
    """The load of the file that begins with these bytes (up to `HEAD`); None if it is not a supported image. Large if
    the bytes do not reveal the number of pixels.
    """
    if not head.startswith(_FILE_SIGNATURES) and head[4:12] not in _AVIF and (head[:4], head[8:12]) != _WEBP:
        return None
    pixels = None
    if head.startswith(_PNG):
        pixels = _png_pixels(head)
    elif head.startswith(_JPEG):
        pixels = _jpeg_pixels(head)
    elif (head[:4], head[8:12]) == _WEBP:
        pixels = _webp_pixels(head)
    if pixels is None or pixels > _ORDINARY_PIXELS:
        return Load.LARGE
    return Load.LIGHT if pixels <= _LIGHT_PIXELS else Load.ORDINARY


def png_size(head: bytes) -> tuple[int, int]:
    """Width and height of a PNG of our own, by its first bytes."""
    return _number(head, len(_PNG) + 8, 4), _number(head, len(_PNG) + 12, 4)


def _png_pixels(head: bytes) -> int | None:
    most, place = 0, len(_PNG)
    while place + 16 <= len(head):
        kind = head[place + 4 : place + 8]
        if kind == b"IDAT":
            return most or None
        if kind == b"acTL":
            return None
        if kind == b"IHDR":
            # A second header is invalid, but Pillow uses the last one.
            most = max(most, _number(head, place + 8, 4) * _number(head, place + 12, 4))
        place += 12 + _number(head, place, 4)
    return None


def _jpeg_pixels(head: bytes) -> int | None:
    most, place = 0, len(_JPEG)
    while place + 9 <= len(head):
        marker = head[place + 1]
        if head[place] != 0xFF:  # noqa: PLR2004 - every marker begins with this byte
            return None
        if marker == _START_OF_SCAN:
            return most or None
        if marker == 0xFF:  # noqa: PLR2004 - padding before a marker
            place += 1
            continue
        if marker in _FRAME_HEADERS:
            most = max(most, _number(head, place + 5, 2) * _number(head, place + 7, 2))
        place += 2 if marker in _WITHOUT_LENGTH else 2 + _number(head, place + 2, 2)
    return None


def webp_size(head: bytes) -> tuple[int, int] | None:
    """Width and height of the WebP that begins with these bytes, by whichever of the three headers it has."""
    kind = head[12:16]
    if len(head) < 30:  # noqa: PLR2004 - the end of the longest of the three headers
        return None
    if kind == b"VP8X":
        return _little(head, 24, 3) + 1, _little(head, 27, 3) + 1
    if kind == b"VP8 ":
        return _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF
    if kind == b"VP8L":
        bits = _little(head, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _webp_pixels(head: bytes) -> int | None:
    size = webp_size(head)
    if size is None or (head[12:16] == b"VP8X" and head[20] & _ANIMATED_FLAG):
        return None
    return size[0] * size[1]


def _number(head: bytes, place: int, size: int) -> int:
    return int.from_bytes(head[place : place + size], "big")


def _little(head: bytes, place: int, size: int) -> int:
    return int.from_bytes(head[place : place + size], "little")
