"""How long a video is, as its container says: nothing is decoded. Pure."""

from typing import BinaryIO

from bot.pictures.films import iso_media, matroska

_EBML = b"\x1a\x45\xdf\xa3"


def frames(file: BinaryIO) -> int | None:
    """How many frames an MP4, MOV, WebM or MKV has; None for other files, or where it can't be told."""
    file.seek(0)
    head = file.read(8)
    if head[4:] == b"ftyp":
        return iso_media.frames(file)
    return matroska.frames(file) if head.startswith(_EBML) else None
