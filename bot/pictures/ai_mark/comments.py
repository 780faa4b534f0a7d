"""Vorbis comments, as FLAC and Ogg have them: a maker's name, a count, and texts `NAME=text`, each after its length.

See xiph.org/vorbis/doc/v-comment.html. Pure.
"""

from typing import Final

from bot.pictures.ai_mark.xmp import MADE_BY_MACHINE, NAME

_MARK: Final = f"{NAME}={MADE_BY_MACHINE}".encode()
_MAKER: Final = b"Darkroom"
_NUMBER: Final = 4


def is_marked(comments: bytes) -> bool:
    """Whether they have the mark already."""
    return _MARK in comments


def with_mark(comments: bytes) -> bytes | None:
    """The comments with the mark as the first one; b"" stands for none. None if they are damaged."""
    if not comments:
        return _long(_MAKER) + (1).to_bytes(_NUMBER, "little") + _long(_MARK)
    place = _NUMBER + int.from_bytes(comments[:_NUMBER], "little")
    if place + _NUMBER > len(comments):
        return None
    count = int.from_bytes(comments[place : place + _NUMBER], "little") + 1
    return comments[:place] + count.to_bytes(_NUMBER, "little") + _long(_MARK) + comments[place + _NUMBER :]


def _long(text: bytes) -> bytes:
    return len(text).to_bytes(_NUMBER, "little") + text
