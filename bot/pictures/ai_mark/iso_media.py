"""The mark of MP4, MOV, M4A and AVIF: XMP in a box of its own (ISO/IEC 14496-12, `uuid`; XMP specification, part 3).

The box goes to the end, so that no place that another box names in the file changes.
"""

from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import MOST_PARTS, Layout, Piece, part

_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_SMALL, _LARGE = 8, 16
_MOST_SMALL: Final = 2**32
_INDEX: Final = b"mfra"
"""The index of a film in fragments. Players look for it at the very end."""


def read(file: BinaryIO) -> Layout | None:
    """Box by box, without looking into them."""
    end = file.seek(0, 2)
    xmp, old, signed, open_from, index_from, place = None, [], False, None, end, 0
    for _ in range(MOST_PARTS):
        if place == end:
            break
        file.seek(place)
        head = file.read(_LARGE + _LARGE)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        start = place + _SMALL
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), place + _LARGE
        elif size == 0:
            # It goes on to the end of the file: what follows needs it to have a size.
            open_from, size = place, end - place
        if size < start - place or place + size > end:
            return None  # cut off, or something else
        if kind == b"uuid":
            signed = signed or head[start - place :][:_LARGE] == _C2PA
            if head[_SMALL : _SMALL + _LARGE] == _XMP:
                old.append((place, place + size))
                xmp = xmp or part(file, start + _LARGE, place + size - start - _LARGE)
        elif kind == _INDEX:
            index_from = place
        place += size
    else:
        return None

    def pieces(packet: bytes) -> list[Piece] | None:
        made: list[Piece] = []
        place = 0
        if open_from is not None:
            if end - open_from >= _MOST_SMALL or old:
                return None
            made += [(0, open_from), (end - open_from).to_bytes(4, "big")]
            place = open_from + 4
        for first, last in old:
            # An empty box of the same size takes the place of the old one, so that nothing behind it moves.
            made += [(place, first + 4), b"free", bytes(last - first - _SMALL)]
            place = last
        box = (_SMALL + _LARGE + len(packet)).to_bytes(4, "big") + b"uuid" + _XMP + packet
        return [*made, (place, index_from), box, (index_from, end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)
