"""The mark of PNGs, moving ones too: XMP in an `iTXt` chunk with the keyword that the XMP specification names."""

import zlib
from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import MOST_PARTS, MOST_XMP, Layout, Piece, part, without
from bot.pictures.png_bands import SIGNATURE, chunk

_KEYWORD: Final = b"XML:com.adobe.xmp\0"
_C2PA: Final = b"caBX"
_FRAME: Final = 8
_CHECKSUM: Final = 4
_FIRST: Final = len(SIGNATURE) + _FRAME + 13 + _CHECKSUM
"""Bytes up to the end of the header chunk, which must come first."""


def read(file: BinaryIO) -> Layout | None:
    """Chunk by chunk; pixels are skipped."""
    end = file.seek(0, 2)
    file.seek(0)
    if file.read(len(SIGNATURE) + _FRAME)[-4:] != b"IHDR" or end < _FIRST:
        return None
    xmp, old, signed, place = None, [], False, _FIRST
    for _ in range(MOST_PARTS):
        file.seek(place)
        frame = file.read(_FRAME + len(_KEYWORD))
        if len(frame) < _FRAME:
            break
        size, kind = int.from_bytes(frame[:4], "big"), frame[4:_FRAME]
        stop = place + _FRAME + size + _CHECKSUM
        signed = signed or kind == _C2PA
        if kind == b"iTXt" and frame[_FRAME:] == _KEYWORD and stop <= end:
            old.append((place, stop))
            xmp = xmp or _text(part(file, place + _FRAME + len(_KEYWORD), size - len(_KEYWORD)))
        place = stop

    def pieces(packet: bytes) -> list[Piece]:
        # Uncompressed, no language, no keyword in another language.
        return [(0, _FIRST), chunk(b"iTXt", _KEYWORD + bytes(4) + packet), *without(old, _FIRST, end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)


def _text(content: bytes | None) -> bytes | None:
    """The text behind the keyword (PNG, third edition, 11.3.3.4)."""
    if content is None:
        return None
    _, _, rest = content[2:].partition(b"\0")
    _, _, text = rest.partition(b"\0")
    if content[:1] != b"\1":
        return text
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(text, MOST_XMP)
    except zlib.error:
        return None
    return None if unpacking.unconsumed_tail else text
