"""The mark of JPEGs: XMP in an APP1 segment (XMP specification, part 3)."""

from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import Layout, Piece, part, without
from bot.pictures.ai_mark.xmp import merged

_PREFIX: Final = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _APP11, _SCAN, _END = 0xE0, 0xE1, 0xEB, 0xDA, 0xD9
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
_MOST: Final = 65_533 - len(_PREFIX)
"""Bytes of a packet: a segment's length has two bytes, and counts itself."""
_MOST_SEGMENTS: Final = 5000


def read(file: BinaryIO) -> Layout | None:
    """Segment by segment, up to the pixels."""
    end = file.seek(0, 2)
    xmp, old, signed = None, [], False
    place = after = 2
    for _ in range(_MOST_SEGMENTS):
        file.seek(place)
        head = file.read(4 + len(_PREFIX))
        if len(head) < 4 or head[0] != 0xFF:  # noqa: PLR2004 - a marker, and its length; every marker begins like that
            return None
        kind = head[1]
        if kind in {_SCAN, _END}:
            break
        if kind == 0xFF or kind in _ALONE:  # noqa: PLR2004 - padding before a marker
            place += 1 if kind == 0xFF else 2  # noqa: PLR2004
            continue
        size = int.from_bytes(head[2:4], "big")
        stop = place + 2 + size
        if kind == _APP1 and head[4:] == _PREFIX:
            old.append((place, stop))
            xmp = xmp or part(file, place + 4 + len(_PREFIX), size - 2 - len(_PREFIX))
        elif kind == _APP0 or (kind == _APP1 and head[4:8] == b"Exif"):
            # JFIF and EXIF want to be first.
            after = stop
        signed = signed or (kind == _APP11 and b"c2pa" in (part(file, place, size) or b""))
        place = stop
    else:
        return None

    def pieces(packet: bytes) -> list[Piece] | None:
        packet = packet if len(packet) <= _MOST else merged(None)
        segment = b"\xff\xe1" + (2 + len(_PREFIX) + len(packet)).to_bytes(2, "big") + _PREFIX + packet
        before = [(first, last) for first, last in old if last <= after]
        behind = [(first, last) for first, last in old if last > after]
        return [*without(before, 0, after), segment, *without(behind, after, end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)
