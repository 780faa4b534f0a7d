"""The mark of GIFs: XMP as an application extension that every old reader can skip (XMP specification, part 3)."""

from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import MOST_PARTS, MOST_XMP, Layout, Piece, part, without

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_NAME: Final = b"\x21\xff\x0bXMP DataXMP"
_C2PA: Final = b"\x21\xff\x0bC2PA_GIF"
_MAGIC: Final = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
"""Wherever a reader that takes the text for blocks steps into this, it is led to the end."""
_SCREEN: Final = 13
_DESCRIPTOR: Final = 10
_TABLE_FLAG: Final = 0x80


def read(file: BinaryIO) -> Layout | None:
    """Block by block, up to the trailer."""
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(_SCREEN)
    if len(head) < _SCREEN:
        return None
    xmp, signed, old, place = None, False, [], _SCREEN + _table(head[10])
    for _ in range(MOST_PARTS):
        file.seek(place)
        block = file.read(len(_NAME))
        if not block or block[0] == _TRAILER:
            break
        if block == _NAME:
            stop = _skip(file, place + len(_NAME))
            old.append((place, stop))
            xmp = xmp or part(file, place + len(_NAME), min(stop, end) - place - len(_NAME) - len(_MAGIC))
        elif block[0] == _EXTENSION:
            signed = signed or block.startswith(_C2PA)
            stop = _skip(file, place + 2)
        elif block[0] == _IMAGE and len(block) >= _DESCRIPTOR:
            # One byte, the size of the codes, stands before an image's data.
            stop = _skip(file, place + _DESCRIPTOR + _table(block[9]) + 1)
        else:
            return None
        place = stop
    if place > end:
        return None
    last = place

    def pieces(packet: bytes) -> list[Piece] | None:
        if b"\0" in packet or len(packet) > MOST_XMP:
            return None
        # Extensions are of 1989.
        return [b"GIF89a", *without(old, 6, last), _NAME + packet + _MAGIC, (last, end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)


def _table(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & _TABLE_FLAG else 0


def _skip(file: BinaryIO, place: int) -> int:
    """The end of a row of blocks, each after its length; one without length ends the row."""
    file.seek(place)
    while (length := file.read(1)) and length[0]:
        file.seek(length[0], 1)
    return file.tell()
