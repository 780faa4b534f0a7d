"""Frames in WebM and Matroska: the blocks of the video's track (RFC 9559)."""

from collections import Counter
from typing import BinaryIO, Final

_SEGMENT, _CLUSTER, _TRACKS, _TRACK, _GROUP = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE, 0xA0
_NUMBER, _TYPE, _BLOCK, _SIMPLE = 0xD7, 0x83, 0xA1, 0xA3
_HOLDS: Final = frozenset({_SEGMENT, _CLUSTER, _TRACKS, _TRACK, _GROUP})
_FILM: Final = 1
_LONGEST: Final = 12
"""Bytes of an element's identifier and size."""
_MOST_ELEMENTS: Final = 200_000


def frames(file: BinaryIO) -> int | None:
    """Of the video's track with the most of them."""
    films: set[int] = set()
    blocks: Counter[int] = Counter()
    number, place, end = 0, 0, file.seek(0, 2)
    for _ in range(_MOST_ELEMENTS):
        if place >= end:
            break
        file.seek(place)
        head = file.read(_LONGEST + 8)
        kind, after = _read(head, 0, marked=True)
        size, start = _read(head, after, marked=False)
        if not after or start == after:
            break
        content = head[start:]
        match kind:
            case _ if kind in _HOLDS:
                # What it holds comes next, whatever its size; many are written before that is known.
                size = 0
            case _ if kind == _NUMBER:
                number = int.from_bytes(content[:size], "big")
            case _ if kind == _TYPE and content[:1] == bytes([_FILM]):
                films.add(number)
            case _ if kind in {_BLOCK, _SIMPLE}:
                blocks[_read(content, 0, marked=False)[0]] += 1
        place += start + size
    return max((count for track, count in blocks.items() if track in films), default=None)


def _read(content: bytes, place: int, *, marked: bool) -> tuple[int, int]:
    """A number of changing length, with the bit that says how long it is or without; and where it ends, `place` itself
    if there is none.
    """
    first = content[place] if place < len(content) else 0
    if not first:
        return 0, place
    length = 9 - first.bit_length()
    found = int.from_bytes(content[place : place + length], "big")
    return (found if marked else found & ((1 << 7 * length) - 1)), place + length
