"""The mark of WebM and Matroska: a tag (RFC 9559, 5.1.8) at the end, because the format has no place for XMP."""

from collections.abc import Iterator
from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import MOST_PARTS, MOST_XMP, Layout, Piece, part
from bot.pictures.ai_mark.xmp import MADE_BY_MACHINE, NAME

_SEGMENT, _TAGS = 0x18538067, 0x1254C367
_LONGEST_NUMBER: Final = 8


def read(file: BinaryIO) -> Layout | None:
    """Element by element, without looking into frames."""
    end = file.seek(0, 2)
    segment = next((one for one in _elements(file, 0, end) if one[0] == _SEGMENT), None)
    if segment is None:
        return None
    _, size_at, start, stop = segment
    found: list[str] = []
    whole = start
    for kind, _, first, last in _elements(file, start, stop):
        whole = last
        if kind == _TAGS and MADE_BY_MACHINE.encode() in (part(file, first, min(last - first, MOST_XMP)) or b""):
            found.append(MADE_BY_MACHINE)

    def pieces(_packet: bytes) -> list[Piece] | None:
        # Behind an element that is cut off, or whose size nobody knew, or before another segment, nothing may be added.
        if found or not whole == stop == end:
            return None
        tags = _tags()
        room = start - size_at
        size = _sized(stop - start + len(tags), room)
        if size is None:
            return None
        known = _size(file, size_at)[0] >= 0
        return [(0, size_at), size, (start, end), tags] if known else [(0, end), tags]

    return Layout(sources=tuple(found), pieces=pieces)


def _tags() -> bytes:
    simple = _element("67C8", _element("45A3", NAME.encode()) + _element("4487", MADE_BY_MACHINE.encode()))
    # Without a target, a tag is about the whole file.
    return _element("1254C367", _element("7373", _element("63C0", b"") + simple))


def _element(kind: str, content: bytes) -> bytes:
    return bytes.fromhex(kind) + (len(content) | 1 << 28).to_bytes(4, "big") + content


def _sized(size: int, room: int) -> bytes | None:
    """A size in exactly this many bytes; None if it doesn't fit. All bits set would mean that it is unknown."""
    return (size | 1 << 7 * room).to_bytes(room, "big") if size < (1 << 7 * room) - 1 else None


def _elements(file: BinaryIO, place: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Identifier, where its size stands, and first byte and end of the content of each element between two places."""
    for _ in range(MOST_PARTS):
        if place >= end:
            return
        file.seek(place)
        first = file.read(1)
        if not first or not first[0]:
            return
        kind = int.from_bytes(first + file.read(_LONGEST_NUMBER - first[0].bit_length()), "big")
        size_at = file.tell()
        size, start = _size(file, size_at)
        if not start:
            return
        # An element of unknown size goes on to the next one of its level, which only its own content tells.
        if size < 0 and kind != _SEGMENT:
            yield kind, size_at, start, start
            return
        stop = end if size < 0 else start + size
        yield kind, size_at, start, stop
        place = stop


def _size(file: BinaryIO, place: int) -> tuple[int, int]:
    """An element's size, -1 if it was not known when it was written; and where its content begins, 0 if nowhere."""
    file.seek(place)
    first = file.read(1)
    if not first or not first[0]:
        return 0, 0
    length = _LONGEST_NUMBER + 1 - first[0].bit_length()
    number = int.from_bytes(first + file.read(length - 1), "big") & ((1 << 7 * length) - 1)
    return (-1 if number == (1 << 7 * length) - 1 else number), place + length
