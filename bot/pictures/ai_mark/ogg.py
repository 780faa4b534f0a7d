"""The mark of Opus and Vorbis in Ogg: a comment. Its pages are written again (RFC 3533), the sound in them is not."""

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from bot.pictures.ai_mark.comments import is_marked, with_mark
from bot.pictures.ai_mark.layout import MOST_PARTS, Layout, Piece
from bot.pictures.ai_mark.xmp import MADE_BY_MACHINE

_HEADER: Final = 27
_FULL: Final = 255
"""Bytes of a packet's piece; a shorter one is its last. Also how many pieces a page holds."""
_CODECS: Final = {b"OpusHead": (b"OpusTags", 1), b"\x01vorbis": (b"\x03vorbis", 2)}
"""How a stream begins: how its comments begin, and how many packets of headers follow the first page."""
_MOST_HEADERS: Final = 8 * 2**20
_NO_END: Final = b"\xff" * 8
"""The time of a page on which no packet ends."""
_CONTINUED: Final = 1
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def read(file: BinaryIO) -> Layout | None:
    """The pages with the headers. Several streams side by side, as in films, are left alone."""
    end = file.seek(0, 2)
    pages = _pages(file, 0, end)
    first = next(pages, None)
    if first is None:
        return None
    begun, body_end = first
    names = next((names for kind, names in _CODECS.items() if begun[_HEADER + begun[26] :].startswith(kind)), None)
    if names is None:
        return None
    name, count = names
    serial, packets, rest, pages_read, place = begun[14:18], [], b"", 0, body_end
    for page, stop in pages:
        if page[14:18] != serial or len(rest) > _MOST_HEADERS:
            return None
        pages_read, place = pages_read + 1, stop
        ended, rest = _packets(page, rest)
        packets += ended
        if len(packets) >= count:
            break
    if len(packets) != count or rest or not packets[0].startswith(name):
        return None
    comments = packets[0].removeprefix(name)
    marked = is_marked(comments)

    def pieces(_packet: bytes) -> list[Piece] | None:
        content = with_mark(comments)
        if content is None:
            return None
        new = _laid_out([name + content, *packets[1:]], serial)
        return [(0, body_end), *new, *_renumbered(file, place, end, len(new) - pages_read)]

    return Layout(sources=(MADE_BY_MACHINE,) if marked else (), pieces=None if marked else pieces)


def _pages(file: BinaryIO, place: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Each page with its header, and where it ends."""
    for _ in range(MOST_PARTS):
        file.seek(place)
        header = file.read(_HEADER)
        if len(header) < _HEADER or not header.startswith(b"OggS"):
            return
        lengths = file.read(header[26])
        body = file.read(sum(lengths))
        place += _HEADER + len(lengths) + len(body)
        if len(body) < sum(lengths) or place > end:
            return
        yield header + lengths + body, place


def _packets(page: bytes, begun: bytes) -> tuple[list[bytes], bytes]:
    """The packets that end on a page, and the beginning of one that continues. `begun` is from the page before."""
    ended = []
    place = _HEADER + page[26]
    for length in page[_HEADER:place]:
        begun += page[place : place + length]
        place += length
        if length < _FULL:
            ended.append(begun)
            begun = b""
    return ended, begun


def _laid_out(packets: list[bytes], serial: bytes) -> list[bytes]:
    """Packets of headers on pages of their own, numbered from 1."""
    lengths = b"".join(bytes([_FULL]) * (len(one) // _FULL) + bytes([len(one) % _FULL]) for one in packets)
    pages: list[bytes] = []
    content, place = b"".join(packets), 0
    for start in range(0, len(lengths), _FULL):
        some = lengths[start : start + _FULL]
        size = sum(some)
        continued = _CONTINUED if start and lengths[start - 1] == _FULL else 0
        time = bytes(8) if min(some) < _FULL else _NO_END
        number = (len(pages) + 1).to_bytes(4, "little")
        head = b"OggS\0" + bytes([continued]) + time + serial + number + bytes(4) + bytes([len(some)]) + some
        pages.append(_checked(head + content[place : place + size]))
        place += size
    return pages


def _renumbered(file: BinaryIO, place: int, end: int, more: int) -> list[Piece]:
    """The pages of the sound, with other numbers if there are more pages of headers now."""
    if not more:
        return [(place, end)]
    pages: list[Piece] = []
    for page, stop in _pages(file, place, end):
        number = int.from_bytes(page[18:22], "little") + more
        pages.append(_checked(page[:18] + number.to_bytes(4, "little") + bytes(4) + page[26:]))
        place = stop
    return [*pages, (place, end)]


def _checked(page: bytes) -> bytes:
    """The page with its checksum. Ogg's is that of zlib with all bits the other way round and no inversions."""
    check = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return page[:22] + int(f"{check:032b}"[::-1], 2).to_bytes(4, "little") + page[26:]
