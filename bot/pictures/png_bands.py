"""Make a smaller copy of a PNG that is too large to decode as a whole.

Pillow can only decode a PNG completely. So the rows are split into bands, and Pillow gets each band as a small
uncompressed PNG. The rows keep their filters, since Pillow undoes these much faster than Python could. A filter depends
on the row above (PNG, third edition, 9.2), so each band begins with the last row of the band before.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from PIL import Image

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BAND_BYTES: Final = 2**24
"""Bytes of filtered rows decoded at once."""
_READ: Final = 2**16
_MOST_PIXELS: Final = 400_000_000
"""Takes about ten seconds to decode, the most that people should wait for."""
_CHANNELS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""By PNG colour type. Palette images are missing: they take one byte per pixel in Pillow and are decoded as a whole."""
_MODES: Final = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    colour: int
    channels: int

    @property
    def row(self) -> int:
        """Bytes in a filtered row."""
        return 1 + self.width * self.channels


def reduced_png(file: BinaryIO, factor: int) -> Image.Image | None:
    """The image with each `factor` x `factor` pixels merged into one. None for a PNG that cannot be read in bands: with
    more or less than 8 bits per channel, a palette, interlacing, or too many pixels. Raises `OSError` if it is damaged.
    """
    file.seek(0)
    header = _read_header(file)
    if header is None or header.width * header.height > _MOST_PIXELS or header.row * factor > 2 * _BAND_BYTES:
        return None
    rows = max(1, _BAND_BYTES // header.row // factor) * factor
    size = -(-header.width // factor), -(-header.height // factor)
    copy = Image.new(_MODES[header.channels], size)
    done, before = 0, b""
    for filtered in _bands(file, header, rows):
        count = len(filtered) // header.row
        band = _band(header, count, filtered, before)
        before = band.crop((0, count - 1, header.width, count)).tobytes()
        copy.paste(band.reduce(factor), (0, done // factor))
        done += count
    return copy


def _read_header(file: BinaryIO) -> _Header | None:
    if file.read(8) != SIGNATURE or file.read(8)[4:] != b"IHDR":
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", file.read(13).ljust(13, b"\0"))
    file.seek(4, io.SEEK_CUR)
    if depth != 8 or interlaced or colour not in _CHANNELS or not width or not height:  # noqa: PLR2004
        return None
    return _Header(width, height, colour, _CHANNELS[colour])


def _bands(file: BinaryIO, header: _Header, rows: int) -> Iterator[bytes]:
    """The filtered rows in bands of `rows` rows."""
    inflating = zlib.decompressobj()
    left = header.height
    band = bytearray()
    for data in _compressed(file):
        piece = data
        while piece and left:
            wanted = min(rows, left) * header.row - len(band)
            band += inflating.decompress(piece, wanted)
            piece = inflating.unconsumed_tail
            if len(band) == min(rows, left) * header.row:
                yield bytes(band)
                left -= min(rows, left)
                band.clear()
            elif inflating.eof:
                break
    if left:
        raise OSError("the image file is truncated")


def _compressed(file: BinaryIO) -> Iterator[bytes]:
    """The data of the IDAT chunks, piece by piece."""
    while len(frame := file.read(8)) == 8:  # noqa: PLR2004 - a chunk's length and its type
        length, kind = int.from_bytes(frame[:4], "big"), frame[4:]
        if kind == b"IEND":
            return
        if kind != b"IDAT":
            file.seek(length + 4, io.SEEK_CUR)
            continue
        while length and (piece := file.read(min(length, _READ))):
            length -= len(piece)
            yield piece
        file.seek(4, io.SEEK_CUR)


def _band(header: _Header, count: int, filtered: bytes, before: bytes) -> Image.Image:
    """These rows as an image; `before` is the unfiltered row above them."""
    rows = b"\0" + before + filtered if before else filtered
    extra = 1 if before else 0
    size = struct.pack(">IIBBBBB", header.width, count + extra, 8, header.colour, 0, 0, 0)
    png = b"".join([SIGNATURE, chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(rows, 0)), chunk(b"IEND", b"")])
    with Image.open(io.BytesIO(png), formats=("PNG",)) as band:
        band.load()
        return band.crop((0, extra, header.width, count + extra))


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))
