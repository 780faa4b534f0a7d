"""The texts of WebM and Matroska: their tags (RFC 9559, 5.1.8). Names are written in capitals by FFmpeg."""

import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from bot.pictures.file_texts.found import Found, piece, plain

_SEGMENT, _TAGS, _TAG, _SIMPLE, _NAME, _STRING = 0x18538067, 0x1254C367, 0x7373, 0x67C8, 0x45A3, 0x4487
_LONGEST_NUMBER: Final = 8


def read(file: BinaryIO, found: Found) -> None:
    """Element by element; frames are skipped."""
    end = file.seek(0, io.SEEK_END)
    for kind, start, stop in _elements(file, found, 0, end):
        if kind == _SEGMENT:
            for inner, first, last in _elements(file, found, start, stop):
                if inner == _TAGS:
                    _tags(file, first, last, found)


def _tags(file: BinaryIO, start: int, stop: int, found: Found) -> None:
    for tag, tag_start, tag_stop in _elements(file, found, start, stop):
        for kind, first, last in _elements(file, found, tag_start, tag_stop) if tag == _TAG else ():
            if kind == _SIMPLE:
                _simple_tag(file, first, last, found)


def _simple_tag(file: BinaryIO, start: int, stop: int, found: Found) -> None:
    parts: dict[int, str] = {}
    for kind, first, last in _elements(file, found, start, stop):
        if kind in {_NAME, _STRING}:
            file.seek(first)
            parts[kind] = plain(piece(file, last - first) or b"").rstrip("\0")
    if _NAME in parts and _STRING in parts:
        found.add(parts[_NAME].casefold(), parts[_STRING])


def _elements(file: BinaryIO, found: Found, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Identifier, first byte and end of the content of each element between two places."""
    while place < end and found.more():
        file.seek(place)
        kind = _number(file, marked=True)
        size = _number(file, marked=False)
        if kind is None or size is None:
            return
        start = file.tell()
        # All bits set: the size was not known when it was written. What is open like this ends where its parent does.
        stop = end if size < 0 else start + size
        yield kind, start, min(stop, end)
        place = stop


def _number(file: BinaryIO, *, marked: bool) -> int | None:
    """A number whose first bits say how long it is; identifiers keep that mark. -1: unknown. None: no number."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = _LONGEST_NUMBER + 1 - first[0].bit_length()
    content = first + file.read(length - 1)
    if len(content) < length:
        return None
    number = int.from_bytes(content, "big")
    if marked:
        return number
    bits = 7 * length
    number &= (1 << bits) - 1
    return -1 if number == (1 << bits) - 1 else number
