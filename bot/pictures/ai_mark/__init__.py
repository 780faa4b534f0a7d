"""The mark that a machine made a file: IPTC's DigitalSourceType, `trainedAlgorithmicMedia`, written and read.

Nothing is decoded: pixels, frames and sound are copied byte for byte. A file that a C2PA manifest signs is left alone,
because any change would break its signature.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from bot.pictures.ai_mark import gif, iso_media, jpeg, matroska, ogg, png, riff, sound, xmp
from bot.pictures.ai_mark.layout import Layout, Piece, write
from bot.pictures.ai_mark.xmp import MADE_BY_MACHINE
from bot.pictures.decoding import Source, opened
from bot.pictures.png_bands import SIGNATURE

__all__ = ["MADE_BY_MACHINE", "Origin", "marked", "origin", "packet_of", "write_marked"]

HEAD: Final = 16
"""Bytes that tell what a file is."""

_MOST_COPIED: Final = 2**14
"""Bytes of a packet. The mark alone has 500."""

_Reader = Callable[[BinaryIO], Layout | None]
_BEGINNINGS: Final[dict[bytes, _Reader]] = {
    SIGNATURE: png.read,
    b"\xff\xd8\xff": jpeg.read,
    b"GIF87a": gif.read,
    b"GIF89a": gif.read,
    b"\x1a\x45\xdf\xa3": matroska.read,
    b"fLaC": sound.read_flac,
    b"OggS": ogg.read,
    b"ID3": sound.read_mp3,
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a file says about how it was made: IPTC's DigitalSourceType values, and whether it has a C2PA manifest."""

    sources: tuple[str, ...] = ()
    signed: bool = False

    @property
    def by_machine(self) -> bool:
        """Whether it has the mark."""
        return MADE_BY_MACHINE in self.sources


def marked(content: bytes) -> bytes:
    """`write_marked` in memory; a file that can't be marked, or is already, is returned unchanged."""
    target = io.BytesIO()
    return target.getvalue() if write_marked(io.BytesIO(content), target) else content


def write_marked(source: BinaryIO, target: BinaryIO) -> bool:
    """Write the file with the mark. False, and nothing is written, if its format has no place for one, it is damaged,
    signed, or has the mark already. Raises `OSError`.

    Neither file is ever in memory as a whole.
    """
    try:
        pieces = _pieces(_layout(source))
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - a border: a damaged file goes to its owner as it is
        return False
    if pieces is None:
        return False
    write(pieces, source, target)
    return True


def packet_of(file: BinaryIO) -> bytes:
    """The XMP packet of an open file, for its copies; b"" if there is none, or one of unusual size."""
    try:
        layout = _layout(file)
    except Exception:  # noqa: BLE001 - as above
        return b""
    packet = b"" if layout is None else layout.xmp or b""
    return packet if len(packet) <= _MOST_COPIED else b""


def _pieces(layout: Layout | None) -> Sequence[Piece] | None:
    if layout is None or layout.pieces is None or layout.signed:
        return None
    packet = xmp.merged(layout.xmp)
    return None if packet == layout.xmp else layout.pieces(packet)


def origin(source: Source) -> Origin:
    """What a file from anywhere says about its origin. Takes CPU time; raises nothing."""
    try:
        with opened(source) as file:
            layout = _layout(file)
    except Exception:  # noqa: BLE001 - a border: whatever a stranger's bytes lead to, the file says nothing
        return Origin()
    if layout is None:
        return Origin()
    return Origin((*layout.sources, *xmp.sources(layout.xmp)), layout.signed)


def _layout(file: BinaryIO) -> Layout | None:
    file.seek(0)
    head = file.read(HEAD)
    for beginning, read in _BEGINNINGS.items():
        if head.startswith(beginning):
            return read(file)
    if head[:4] == b"RIFF" and head[8:12] in {b"WEBP", b"WAVE"}:
        return riff.read(file)
    if head[4:8] == b"ftyp":
        return iso_media.read(file)
    # A frame of MP3 begins with eleven ones and names a layer; AAC names none, and has no place for a mark.
    frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06  # noqa: PLR2004
    return sound.read_mp3(file) if frame else None
