"""The texts of a JPEG: EXIF, and comments."""

import io
from typing import BinaryIO, Final

from bot.pictures.file_texts import exif
from bot.pictures.file_texts.found import Found, piece, plain

_SCAN, _END, _EXIF, _COMMENT = 0xDA, 0xD9, 0xE1, 0xFE
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
_MARK: Final = 0xFF


def read(file: BinaryIO, found: Found) -> None:
    """Segment by segment, up to the pixels."""
    file.seek(2)
    while found.more() and len(mark := file.read(2)) == 2:  # noqa: PLR2004 - a marker has two bytes
        kind = mark[1]
        if mark[0] != _MARK or kind in {_SCAN, _END}:
            return
        if kind == _MARK:
            file.seek(-1, io.SEEK_CUR)  # such bytes fill the gap before a marker
        elif kind not in _ALONE:
            size = int.from_bytes(file.read(2), "big") - 2
            if kind not in {_EXIF, _COMMENT} or size < 0:
                file.seek(max(0, size), io.SEEK_CUR)
            elif (content := piece(file, size)) is not None:
                _segment(kind, content, found)


def _segment(kind: int, content: bytes, found: Found) -> None:
    if kind == _COMMENT:
        found.add("comment", plain(content))
    elif content.startswith(b"Exif\0"):
        exif.read(content, found)
