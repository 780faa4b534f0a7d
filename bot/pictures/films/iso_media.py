"""Frames in MP4 and MOV: those in the table of samples, and those in each fragment (ISO/IEC 14496-12, 8.7.3, 8.8.8)."""

from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

_HEADER, _LARGE = 8, 16
_HOLDS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"})
_MOST_BOXES: Final = 50_000
_DEEPEST: Final = 8


def frames(file: BinaryIO) -> int | None:
    """Of the track with the most of them that is a video's; a fragment counts for the track that it names."""
    films: set[int] = set()
    counts: dict[int, int] = {}
    track = 0
    for kind, content in islice(_boxes(file, 0, file.seek(0, 2), _DEEPEST), _MOST_BOXES):
        if kind == b"tkhd":
            # Version 1 has larger times before the track's number.
            start = 20 if content[:1] == b"\x01" else 12
            track = int.from_bytes(content[start : start + 4], "big")
        elif kind == b"tfhd":
            track = int.from_bytes(content[4:8], "big")
        elif kind == b"hdlr" and content[8:12] == b"vide":
            films.add(track)
        elif kind == b"stsz":
            counts[track] = counts.get(track, 0) + int.from_bytes(content[8:12], "big")
        elif kind in {b"stz2", b"trun"}:
            start = 8 if kind == b"stz2" else 4
            counts[track] = counts.get(track, 0) + int.from_bytes(content[start : start + 4], "big")
    return max((count for number, count in counts.items() if number in films), default=None)


def _boxes(file: BinaryIO, place: int, end: int, deep: int) -> Iterator[tuple[bytes, bytes]]:
    """Each box with the beginning of its content, those in others behind them."""
    while place + _HEADER <= end:
        file.seek(place)
        head = file.read(_LARGE + _LARGE)
        size, kind, start = int.from_bytes(head[:4], "big"), head[4:8], place + _HEADER
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), place + _LARGE
        stop = end if size == 0 else place + size
        if stop < start or stop > end:
            return
        yield kind, head[start - place :][: stop - start]
        if kind in _HOLDS and deep:
            yield from _boxes(file, start, stop, deep - 1)
        place = stop
