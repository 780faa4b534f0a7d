"""Which files can carry a signature, told by their first bytes: a file's name may be wrong."""

from typing import Final

HEAD: Final = 12
"""Bytes that tell what a file is."""

_BEGINNINGS: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"fLaC": "audio/flac",
    b"ID3": "audio/mpeg",
}
_IN_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
}
"""The main brand of a file in ISO's format -> what it is; every other one is a video."""


def media_type(head: bytes) -> str | None:
    """The media type of a file with these first bytes; None if it has no place for a signature."""
    for beginning, found in _BEGINNINGS.items():
        if head.startswith(beginning):
            return found
    if head[:4] == b"RIFF":
        return _IN_RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    # A frame of MP3 begins with eleven ones and names a layer; AAC names none.
    is_frame = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06  # noqa: PLR2004
    return "audio/mpeg" if is_frame else None
