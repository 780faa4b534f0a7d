"""The texts of MP4, MOV and AVIF: boxes in boxes (ISO/IEC 14496-12).

ComfyUI names its texts (`keys`, Apple's metadata format), others write a comment (`©cmt`, iTunes' format); both stand
in `moov/udta/meta` or `moov/meta`, in front of the frames or behind them. AVIF has its EXIF data as an item.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from bot.pictures.file_texts import avif_items, exif
from bot.pictures.file_texts.found import Found, piece, plain

FIRST_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"})
_NAMES: Final = {b"\xa9cmt": "comment", b"\xa9des": "description", b"desc": "description", b"\xa9nam": "title"}
_SMALL, _LARGE = 8, 16
"""Bytes of a box's header."""
_HEADED: Final = 4
"""Bytes of version and flags before what a full box holds."""
_DATA_HEADER: Final = 8
"""Bytes of a value's type and place before it."""


def read(file: BinaryIO, found: Found) -> None:
    """Box by box; frames are skipped."""
    end = file.seek(0, io.SEEK_END)
    for kind, start, stop in _boxes(file, found, 0, end):
        if kind == b"moov":
            _movie(file, start, stop, found)
        elif kind == b"meta":
            _image(file, start + _HEADED, stop, found)


def _boxes(file: BinaryIO, found: Found, place: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Type, first byte and end of the content of each box between two places."""
    while place + _SMALL <= end and found.more():
        file.seek(place)
        header = file.read(_LARGE)
        size, start = int.from_bytes(header[:4], "big"), place + _SMALL
        if size == 1:
            size, start = int.from_bytes(header[8:16], "big"), place + _LARGE
        stop = end if size == 0 else place + size
        if stop < start:
            return
        yield header[4:8], start, min(stop, end)
        place = stop


def _movie(file: BinaryIO, start: int, stop: int, found: Found) -> None:
    for kind, first, last in _boxes(file, found, start, stop):
        if kind == b"meta":
            _metadata(file, first, last, found)
        elif kind == b"udta":
            for inner, inner_first, inner_last in _boxes(file, found, first, last):
                if inner == b"meta":
                    _metadata(file, inner_first, inner_last, found)
                elif inner in _NAMES:
                    _user_text(file, inner, inner_first, inner_last, found)


def _user_text(file: BinaryIO, kind: bytes, first: int, last: int, found: Found) -> None:
    """QuickTime's own form: length, language, text."""
    file.seek(first)
    content = piece(file, last - first)
    if content is not None and content[4:8] != b"data":
        found.add(_NAMES[kind], plain(content[4 : 4 + int.from_bytes(content[:2], "big")]))


def _metadata(file: BinaryIO, first: int, last: int, found: Found) -> None:
    file.seek(first)
    # A full box in MP4, a plain one in QuickTime: the type of the box inside it tells which.
    plain_box = file.read(_SMALL)[4:] == b"hdlr"
    keys: list[str] = []
    for kind, start, stop in _boxes(file, found, first if plain_box else first + _HEADED, last):
        if kind == b"keys":
            keys = list(_keys(file, start, stop))
        elif kind == b"ilst":
            _values(file, start, stop, keys, found)


def _keys(file: BinaryIO, start: int, stop: int) -> Iterator[str]:
    file.seek(start)
    content = piece(file, stop - start) or b""
    place = 8
    while place + _SMALL <= len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        if size < _SMALL:
            return
        yield plain(content[place + _SMALL : place + size])
        place += size


def _values(file: BinaryIO, start: int, stop: int, keys: list[str], found: Found) -> None:
    for kind, first, last in _boxes(file, found, start, stop):
        number = int.from_bytes(kind, "big")
        keyword = keys[number - 1] if 0 < number <= len(keys) else _NAMES.get(kind, "")
        for inner, inner_first, inner_last in _boxes(file, found, first, last):
            if keyword and inner == b"data":
                file.seek(inner_first + _DATA_HEADER)
                if (text := piece(file, inner_last - inner_first - _DATA_HEADER)) is not None:
                    found.add(keyword.rsplit(".", 1)[-1].casefold(), plain(text))


def _image(file: BinaryIO, start: int, stop: int, found: Found) -> None:
    """The EXIF item of an AVIF."""
    parts: dict[bytes, bytes] = {}
    for kind, first, last in _boxes(file, found, start, stop):
        if kind in {b"iinf", b"iloc"}:
            file.seek(first)
            parts[kind] = piece(file, last - first) or b""
    place, size = avif_items.exif_in(parts.get(b"iinf", b""), parts.get(b"iloc", b""))
    file.seek(place)
    if size and (held := piece(file, size)) is not None:
        # Its first four bytes say where in the item the data begins.
        exif.read(held[4 + int.from_bytes(held[:4], "big") :], found)
