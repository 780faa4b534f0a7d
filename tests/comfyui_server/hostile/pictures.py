"""PNG files that take far more memory to decode than they have bytes."""

import functools
import random
import struct
import zlib
from collections.abc import Iterator
from typing import Final

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BAND: Final = 64
"""Rows that are compressed once and then repeated."""
_ADLER: Final = 65521


@functools.cache
def large_png(width: int, height: int, noise_rows: int = 0) -> bytes:
    """RGB, black below `noise_rows` rows of noise, which nothing makes smaller: three bytes a pixel in the file."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", _rows(width, height, noise_rows)) + _chunk(b"IEND")


@functools.cache
def animated_png(frames: int, side: int, noise_rows: int) -> bytes:
    """An APNG of so many square frames, each as `large_png` has it."""
    picture = _rows(side, side, noise_rows)
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"acTL", struct.pack(">II", frames, 0))]
    numbers = iter(range(2 * frames))
    for frame in range(frames):
        control = struct.pack(">IIIIIHHBB", next(numbers), side, side, 0, 0, 1, 10, 0, 0)
        parts.append(_chunk(b"fcTL", control))
        parts.append(_chunk(b"fdAT", struct.pack(">I", next(numbers)) + picture) if frame else _chunk(b"IDAT", picture))
    return b"".join([*parts, _chunk(b"IEND")])


def _rows(width: int, height: int, noise_rows: int) -> bytes:
    """The rows as one zlib stream, each behind a filter byte of nought."""
    row = 1 + 3 * width
    drawn = random.Random(width)
    noise = b"".join(b"\0" + drawn.randbytes(row - 1) for _ in range(noise_rows))
    return b"".join(_zlib(noise, bytes(row * _BAND), *divmod(height - noise_rows, _BAND), row))


def _zlib(begin: bytes, band: bytes, bands: int, rest: int, row: int) -> Iterator[bytes]:
    end = bytes(row * rest)
    yield b"\x78\x01"
    yield _block(begin)
    yield _block(band) * bands
    yield _block(end)
    yield zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS).flush()
    # Of nothing but noughts Adler-32 adds up its lower half: no need to go through gigabytes of them.
    lower, upper = zlib.adler32(begin) & 0xFFFF, zlib.adler32(begin) >> 16
    upper = (upper + lower * (len(band) * bands + len(end))) % _ADLER
    yield struct.pack(">I", upper << 16 | lower)


def _block(raw: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(raw) + packer.flush(zlib.Z_FULL_FLUSH)


def _chunk(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
