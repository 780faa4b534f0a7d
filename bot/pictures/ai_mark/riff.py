"""The mark of WebP (`XMP `, WebP container specification) and of WAV (`_PMX`, XMP specification, part 3)."""

from typing import BinaryIO, Final

from bot.pictures.ai_mark.layout import MOST_PARTS, Layout, Piece, part
from bot.pictures.header import webp_size

_HEADER: Final = 12
_FRAME: Final = 8
_LARGEST: Final = 2**32 - 10
_CHUNKS: Final = {b"WEBP": b"XMP ", b"WAVE": b"_PMX"}
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_EXTENDED: Final = 10
"""Bytes of the extended header: flags, three bytes reserved, width and height with three bytes each."""
_ALPHA_BIT: Final = 28
"""In the 32 bits behind the signature of a lossless image."""


def read(file: BinaryIO) -> Layout | None:
    """Chunk by chunk. The mark goes to the end, where the specification of WebP wants it."""
    file_end = file.seek(0, 2)
    file.seek(0)
    head = file.read(64)
    end = min(file_end, _FRAME + int.from_bytes(head[4:8], "little"))
    wanted = _CHUNKS[head[8:12]]
    xmp, old, signed, place = None, [], False, _HEADER
    for _ in range(MOST_PARTS):
        if place + _FRAME > end:
            break
        file.seek(place)
        frame = file.read(_FRAME)
        size = int.from_bytes(frame[4:], "little")
        stop = place + _FRAME + size + size % 2
        signed = signed or frame[:4] == b"C2PA"
        if frame[:4] == wanted:
            old.append((place, min(stop, file_end)))
            xmp = xmp or part(file, place + _FRAME, size)
        place = stop
    if place > file_end + 1:
        return None  # cut off
    last = min(place, file_end)

    def pieces(packet: bytes) -> list[Piece] | None:
        begun = _begun(head) if wanted == b"XMP " else (b"", _HEADER)
        if begun is None:
            return None
        begin, start = begun
        chunks: list[Piece] = []
        for first, stop in [*old, (last, last)]:
            chunks.append((start, first))
            start = stop
        chunk = wanted + len(packet).to_bytes(4, "little") + packet + bytes(len(packet) % 2)
        chunks.append(bytes(place - last) + chunk)
        size = 4 + len(begin) + sum(len(one) if isinstance(one, bytes) else one[1] - one[0] for one in chunks)
        if size > _LARGEST:
            return None
        return [b"RIFF" + size.to_bytes(4, "little") + head[8:12] + begin, *chunks, (last, file_end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)


def _begun(head: bytes) -> tuple[bytes, int] | None:
    """The extended header that says that there is XMP, and where the old file goes on behind it. A simple file has no
    such header and gets one.
    """
    if head[12:16] == b"VP8X":
        return head[12:20] + bytes([head[20] | _XMP_FLAG]) + head[21:30], _HEADER + _FRAME + _EXTENDED
    size = webp_size(head)
    if size is None:
        return None
    alpha = head[12:16] == b"VP8L" and int.from_bytes(head[21:25], "little") >> _ALPHA_BIT & 1
    flags = _XMP_FLAG | (_ALPHA_FLAG if alpha else 0)
    sides = b"".join((side - 1).to_bytes(3, "little") for side in size)
    return b"VP8X" + _EXTENDED.to_bytes(4, "little") + bytes([flags, 0, 0, 0]) + sides, _HEADER
