"""What kind of video or sound a file is, by its first bytes: its name and its sender's word count for nothing.

Nothing is decoded and nothing is written again: the ComfyUI server reads the file as its sender made it. Pure.
"""

from dataclasses import dataclass
from typing import Final, Literal

from bot.errors import PictureRefused

HEAD: Final = 4096
"""Bytes of a file to look at."""
_STILL: Final = (b"avif", b"avis", b"mif1", b"msf1", b"heic", b"heix", b"heim", b"heis")
"""Brands of ISO base media files (ISO/IEC 14496-12) that hold images."""
_SOUND: Final = (b"M4A ", b"M4B ", b"M4P ")
_EBML: Final = b"\x1a\x45\xdf\xa3"
_GIFS: Final = (b"GIF87a", b"GIF89a")

Kind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class Container:
    """A format, with the ending that its files have; `plays` says what may be taken from it."""

    suffix: str
    plays: tuple[Kind, ...]


def container_of(head: bytes) -> Container | None:
    """The format of a file by its first `HEAD` bytes; None where it is neither a video nor a sound."""
    if head[4:8] == b"ftyp":
        return _iso(head[8:12])
    if head.startswith(_EBML):
        suffix = ".webm" if b"webm" in head[:64] else ".mkv"
        return Container(suffix, ("video", "audio"))
    if head.startswith(b"RIFF"):
        return {b"WAVE": Container(".wav", ("audio",)), b"AVI ": Container(".avi", ("video", "audio"))}.get(head[8:12])
    if head.startswith(_GIFS):
        return Container(".gif", ("video",))
    if head.startswith(b"fLaC"):
        return Container(".flac", ("audio",))
    if head.startswith(b"OggS"):
        return Container(".ogv" if b"theora" in head[:128] else ".ogg", ("video", "audio"))
    if head.startswith(b"FORM") and head[8:12] in {b"AIFF", b"AIFC"}:
        return Container(".aiff", ("audio",))
    return _frames(head)


def suffix_for(kind: Kind, head: bytes) -> str:
    """The ending for a file that is to be this. Raises `PictureRefused` (not_a_video, not_a_sound)."""
    found = container_of(head)
    if found is None or kind not in found.plays:
        raise PictureRefused("not_a_video" if kind == "video" else "not_a_sound", kind=kind)
    return found.suffix


def _iso(brand: bytes) -> Container | None:
    if brand in _STILL:
        return None
    if brand in _SOUND:
        return Container(".m4a", ("audio",))
    return Container(".mov" if brand == b"qt  " else ".mp4", ("video", "audio"))


def _frames(head: bytes) -> Container | None:
    """MP3 and AAC have no header of a file: a tag, or the first frame (ISO/IEC 11172-3, 2.4.1.3; 13818-7, 6.2)."""
    if head.startswith(b"ID3"):
        return Container(".mp3", ("audio",))
    if len(head) < 4 or head[0] != 0xFF:  # noqa: PLR2004 - a frame's header; it begins with eleven ones
        return None
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - ADTS: twelve ones, and no layer
        return Container(".aac", ("audio",))
    layer, rate, hertz = head[1] & 0x06, head[2] >> 4, head[2] >> 2 & 0x03
    plain = head[1] & 0xE0 == 0xE0 and layer and rate != 0x0F and hertz != 0x03  # noqa: PLR2004 - values that none has
    return Container(".mp3", ("audio",)) if plain else None
