"""The marks of sounds: XMP in ID3 for MP3 (`PRIV`, XMP specification, part 3), a comment in FLAC (RFC 9639, 8.6)."""

from typing import BinaryIO, Final

from bot.pictures.ai_mark.comments import is_marked, with_mark
from bot.pictures.ai_mark.layout import MOST_PARTS, Layout, Piece, part, without
from bot.pictures.ai_mark.xmp import MADE_BY_MACHINE

_ID3: Final = 10
"""Bytes of a tag's header, and of a frame's."""
_OWNER: Final = b"XMP\0"
_FLAC: Final = b"fLaC"
_C2PA: Final = b"c2pa"
_MOST_TYPE: Final = 64
"""Bytes at the start of a `GEOB` frame that have its media type."""
_NEW_TAG: Final = b"ID3\x03\0\0"
_VERSIONS: Final = (3, 4)
"""Of ID3v2. The second has frames of another form."""
_EXTENDED, _FOOTER = 0x40, 0x10
_COMMENTS, _LAST = 4, 0x80
_BLOCK: Final = 4
_MOST_BLOCK: Final = 2**24 - 1


def read_mp3(file: BinaryIO) -> Layout | None:
    """Frame by frame, up to the sound. A file without a tag gets one."""
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(_ID3 + 4)
    if not head.startswith(b"ID3"):
        return Layout(pieces=lambda packet: [_tag(_frame(packet, _VERSIONS[0])), (0, end)])
    version, flags, tag_end = head[3], head[5], _ID3 + _seven_bits(head[6:10])
    if version not in _VERSIONS or flags & _FOOTER or tag_end > end:
        return None
    first = _ID3
    if flags & _EXTENDED:
        # In the third version the size does not count its own four bytes.
        first += _seven_bits(head[10:14]) if version == _VERSIONS[1] else 4 + int.from_bytes(head[10:14], "big")
    xmp, signed, old, place = None, False, [], first
    for _ in range(MOST_PARTS):
        file.seek(place)
        frame = file.read(_ID3 + len(_OWNER))
        if place + _ID3 > tag_end or not frame[0]:
            break
        size = _seven_bits(frame[4:8]) if version == _VERSIONS[1] else int.from_bytes(frame[4:8], "big")
        stop = place + _ID3 + size
        if stop > tag_end:
            return None
        if frame[:4] == b"PRIV" and frame[_ID3:] == _OWNER:
            old.append((place, stop))
            xmp = xmp or part(file, place + _ID3 + len(_OWNER), size - len(_OWNER))
        elif frame[:4] == b"GEOB":
            signed = signed or _C2PA in (part(file, place + _ID3, min(size, _MOST_TYPE)) or b"")
        place = stop
    file.seek(tag_end)
    if file.read(len(_FLAC)) == _FLAC:
        # A FLAC that somebody signed has a tag in front.
        return read_flac(file, tag_end, signed=signed)

    def pieces(packet: bytes) -> list[Piece]:
        frame = _frame(packet, version)
        size = tag_end - _ID3 + len(frame) - sum(last - first for first, last in old)
        return [head[:6] + _seven_bit_bytes(size), (_ID3, first), frame, *without(old, first, end)]

    return Layout(xmp=xmp, signed=signed, pieces=pieces)


def read_flac(file: BinaryIO, start: int = 0, *, signed: bool = False) -> Layout | None:
    """Block by block from `start`, up to the sound. The mark joins the comments that are there."""
    end = file.seek(0, 2)
    place, after, comments, at = start + len(_FLAC), None, b"", None
    for _ in range(MOST_PARTS):
        file.seek(place)
        head = file.read(_BLOCK)
        if len(head) < _BLOCK:
            return None
        stop = place + _BLOCK + int.from_bytes(head[1:], "big")
        after = after or stop
        if head[0] & ~_LAST == _COMMENTS:
            file.seek(place + _BLOCK)
            comments, at = file.read(stop - place - _BLOCK), (place, stop)
        place = stop
        if head[0] & _LAST:
            break
    if after is None or place > end:
        return None
    marked = is_marked(comments)
    first, last = at or (after, after)
    # Only the last block says that it is; a new one stands behind the first, which is never the last but in a file
    # that has no other.
    alone = at is None and after == place

    def pieces(_packet: bytes) -> list[Piece] | None:
        content = with_mark(comments)
        if content is None or len(content) > _MOST_BLOCK:
            return None
        is_last = _LAST if alone or (at is not None and last == place) else 0
        block = bytes([_COMMENTS | is_last]) + len(content).to_bytes(3, "big") + content
        head = start + len(_FLAC)
        begun: list[Piece] = [(0, head), b"\0", (head + 1, first)] if alone else [(0, first)]
        return [*begun, block, (last, end)]

    sources = (MADE_BY_MACHINE,) if marked else ()
    return Layout(sources=sources, signed=signed, pieces=None if marked else pieces)


def _tag(frames: bytes) -> bytes:
    return _NEW_TAG + _seven_bit_bytes(len(frames)) + frames


def _frame(packet: bytes, version: int) -> bytes:
    content = _OWNER + packet
    size = _seven_bit_bytes(len(content)) if version == _VERSIONS[1] else len(content).to_bytes(4, "big")
    return b"PRIV" + size + b"\0\0" + content


def _seven_bits(content: bytes) -> int:
    number = 0
    for one in content:
        number = number << 7 | one & 0x7F
    return number


def _seven_bit_bytes(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
