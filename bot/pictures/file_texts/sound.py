"""The texts of sound files as ComfyUI saves them: FLAC and Ogg Opus (Vorbis comments), MP3 (ID3)."""

import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from bot.pictures.file_texts.found import MOST_TEXT, Found, piece, plain

_VORBIS_COMMENT: Final = 4
_LAST: Final = 0x80
_MOST_PAGES: Final = 2 * MOST_TEXT // 255
_OGG_HEADER: Final = 27
_ID3_HEADER: Final = 10
_ENCODINGS: Final = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
"""By the first byte of an ID3 text."""
_SAFE_SIZES: Final = 4
"""The version of ID3 since which frame sizes have seven bits a byte."""


def read_flac(file: BinaryIO, found: Found) -> None:
    """Its comments stand before the sound."""
    file.seek(4)
    while found.more() and len(header := file.read(4)) == 4:  # noqa: PLR2004 - a block's type and size
        size = int.from_bytes(header[1:], "big")
        if header[0] & ~_LAST == _VORBIS_COMMENT:
            _comments(piece(file, size) or b"", found)
        else:
            file.seek(size, io.SEEK_CUR)
        if header[0] & _LAST:
            return


def read_ogg(file: BinaryIO, found: Found) -> None:
    """The second packet is the comments; it may go over many pages."""
    file.seek(0)
    for number, packet in enumerate(_packets(file)):
        if number == 1:
            _comments(packet.removeprefix(b"OpusTags").removeprefix(b"\x03vorbis"), found)
            return


def _packets(file: BinaryIO) -> Iterator[bytes]:
    parts: list[bytes] = []
    size = 0
    for _ in range(_MOST_PAGES):
        header = file.read(_OGG_HEADER)
        if len(header) < _OGG_HEADER or not header.startswith(b"OggS"):
            return
        for length in file.read(header[26]):
            parts.append(file.read(length))
            size += length
            if size > MOST_TEXT:
                return
            if length < 255:  # noqa: PLR2004 - only a packet's last piece is shorter
                yield b"".join(parts)
                parts, size = [], 0


def _comments(content: bytes, found: Found) -> None:
    """A maker's name, a count, and texts `NAME=text`, each after its length in bytes."""
    place = 4 + int.from_bytes(content[:4], "little") + 4
    while place + 4 <= len(content) and found.more():
        size = int.from_bytes(content[place : place + 4], "little")
        keyword, _, text = content[place + 4 : place + 4 + size].partition(b"=")
        found.add(plain(keyword).casefold(), plain(text))
        place += 4 + size


def read_mp3(file: BinaryIO, found: Found) -> None:
    """Texts that a program has named itself (TXXX), and comments."""
    file.seek(0)
    header = file.read(_ID3_HEADER)
    end = _ID3_HEADER + _seven_bits(header[6:10])
    while file.tell() + _ID3_HEADER < end and found.more():
        frame = file.read(_ID3_HEADER)
        if len(frame) < _ID3_HEADER or not frame[0]:
            return
        size = _seven_bits(frame[4:8]) if header[3] >= _SAFE_SIZES else int.from_bytes(frame[4:8], "big")
        if frame[:4] == b"TXXX" and (content := piece(file, size)):
            keyword, _, text = content[1:].decode(_ENCODINGS.get(content[0], "latin-1"), "replace").partition("\0")
            found.add(keyword.strip("\ufeff").casefold(), text.strip("\ufeff\0"))
        elif frame[:4] != b"TXXX":
            file.seek(size, io.SEEK_CUR)


def _seven_bits(content: bytes) -> int:
    number = 0
    for one in content:
        number = number << 7 | one & 0x7F
    return number
