"""Where in a file its mark stands or would stand, so that it is written without touching anything else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

Piece = bytes | tuple[int, int]
"""New bytes, or the first byte and the end of a part of the old file."""

MOST_PARTS: Final = 500_000
"""Of a file that are looked at, so that a hostile one ends."""
MOST_XMP: Final = 2**20
"""Bytes of an XMP packet that are read. Photographers' ones have some thousand."""
_READ: Final = 2**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What was found in a file. `xmp` is its packet, `sources` what it says about its origin where its format has no
    XMP, and `signed` whether it carries a C2PA manifest. `pieces` gives the file with a new packet; formats without XMP
    write their own mark and ignore it. `pieces` is None if this file can't be marked.
    """

    xmp: bytes | None = None
    sources: tuple[str, ...] = ()
    signed: bool = False
    pieces: Callable[[bytes], Sequence[Piece] | None] | None = None


def write(pieces: Sequence[Piece], source: BinaryIO, target: BinaryIO) -> None:
    """Write the pieces, block by block, so that no large file is ever in memory as a whole."""
    for piece in pieces:
        if isinstance(piece, bytes):
            target.write(piece)
            continue
        start, stop = piece
        source.seek(start)
        while start < stop and (block := source.read(min(_READ, stop - start))):
            target.write(block)
            start += len(block)


def part(file: BinaryIO, start: int, size: int) -> bytes | None:
    """These bytes; None where they are too many or not all there."""
    if not 0 <= size <= MOST_XMP:
        return None
    file.seek(start)
    content = file.read(size)
    return content if len(content) == size else None


def without(parts: Sequence[tuple[int, int]], start: int, stop: int) -> list[Piece]:
    """The file between two places, without these parts, which are in order."""
    kept: list[Piece] = []
    for first, last in parts:
        kept.append((start, first))
        start = last
    return [*kept, (start, stop)]
