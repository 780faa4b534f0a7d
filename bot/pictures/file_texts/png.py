"""The texts of a PNG, moving or not, wherever they stand in the file and whatever their checksums say.

ComfyUI writes `tEXt` before the pixels; of a moving PNG it writes chunks of its own, `comf`, behind them. Programs that
change a text and leave its checksum are common enough; nothing but the text would be lost by that.
"""

import io
import zlib
from typing import BinaryIO, Final

from bot.pictures.file_texts import exif
from bot.pictures.file_texts.found import MOST_TEXT, Found, piece, plain

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_FRAME: Final = 8
"""Bytes of a chunk's length and type."""
_CHECKSUM: Final = 4
_DEFLATED: Final = 1


def read(file: BinaryIO, found: Found) -> None:
    """Chunk by chunk, to the end of the image or of the file."""
    file.seek(len(SIGNATURE))
    while found.more() and len(frame := file.read(_FRAME)) == _FRAME:
        length, kind = int.from_bytes(frame[:4], "big"), frame[4:]
        if kind == b"IEND":
            return
        read_chunk = _READERS.get(kind)
        if read_chunk is None:
            file.seek(length + _CHECKSUM, io.SEEK_CUR)
            continue
        content = piece(file, length)
        file.seek(_CHECKSUM, io.SEEK_CUR)
        if content is not None:
            read_chunk(content, found)


def _text(content: bytes, found: Found) -> None:
    keyword, _, text = content.partition(b"\0")
    found.add(keyword.decode("latin-1"), plain(text))


def _compressed(content: bytes, found: Found) -> None:
    keyword, _, rest = content.partition(b"\0")
    # One byte says how it is compressed; there is one way.
    _add(found, keyword, _inflated(rest[1:], found))


def _international(content: bytes, found: Found) -> None:
    keyword, _, rest = content.partition(b"\0")
    # Compressed or not, how, the language, the keyword in that language, the text (PNG, third edition, 11.3.3.4).
    compressed = rest[:1] == bytes([_DEFLATED])
    _, _, rest = rest[2:].partition(b"\0")
    _, _, text = rest.partition(b"\0")
    _add(found, keyword, _inflated(text, found) if compressed else text)


def _exif(content: bytes, found: Found) -> None:
    exif.read(content, found)


def _add(found: Found, keyword: bytes, text: bytes | None) -> None:
    if text is not None:
        found.add(keyword.decode("latin-1"), plain(text))


def _inflated(content: bytes, found: Found) -> bytes | None:
    """None where it is damaged, or unpacks to more than anybody needs."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(content, MOST_TEXT)
    except zlib.error:
        return None
    if unpacking.unconsumed_tail:
        found.spend(MOST_TEXT)
        return None
    return text


_READERS: Final = {
    b"tEXt": _text,
    b"comf": _text,
    b"zTXt": _compressed,
    b"iTXt": _international,
    b"eXIf": _exif,
}
