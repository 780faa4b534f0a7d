"""The texts that programs write into the files they make: workflows, recipes, comments. No pixel is decoded.

Every reader goes through a file once, skips what holds no text, and keeps no more than `Found` has room for.
"""

from collections.abc import Callable
from typing import BinaryIO, Final

from bot.pictures.decoding import Source, opened
from bot.pictures.file_texts import containers, iso_media, jpeg, matroska, png, sound, written
from bot.pictures.file_texts.found import Found

HEAD: Final = 16
"""Bytes that tell what a file is."""

Reader = Callable[[BinaryIO, Found], None]


def texts(source: Source) -> dict[str, str]:
    """What a file says about itself, by keyword; {} where nothing is known of such files. A damaged file gives what is
    in front of the damage. Takes CPU time; raises nothing.
    """
    found = Found()
    try:
        with opened(source) as file:
            reader = _reader(file.read(HEAD))
            if reader is not None:
                file.seek(0)
                reader(file, found)
    except Exception:  # noqa: BLE001 - a border: whatever a stranger's bytes lead to, the rest of the file says nothing
        return found.texts
    return found.texts


def carries_texts(head: bytes) -> bool:
    """Whether a file that begins like this is of a kind that `texts` reads."""
    return _reader(head) is not None


def _reader(head: bytes) -> Reader | None:
    for beginning, reader in _BEGINNINGS.items():
        if head.startswith(beginning):
            return reader
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return containers.read_webp
    if written.is_safetensors(head):
        return written.read_safetensors
    return iso_media.read if head[4:8] in iso_media.FIRST_BOXES else None


_BEGINNINGS: Final[dict[bytes, Reader]] = {
    png.SIGNATURE: png.read,
    b"\xff\xd8\xff": jpeg.read,
    b"\x1a\x45\xdf\xa3": matroska.read,
    b"fLaC": sound.read_flac,
    b"OggS": sound.read_ogg,
    b"ID3": sound.read_mp3,
    b"glTF": containers.read_glb,
    **dict.fromkeys(written.SVG, written.read_svg),
}
