"""The texts in EXIF data (a TIFF structure), as JPEG, WebP, AVIF and PNG hold it.

ComfyUI writes `prompt:{…}` and `workflow:{…}` into the camera's model and maker, A1111 and others their parameters into
the user's comment, Windows its own texts in UTF-16.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from bot.pictures.file_texts.found import Found, plain

_PREFIX: Final = b"Exif\0\0"
_ORDERS: Final[dict[bytes, Literal["little", "big"]]] = {b"II": "little", b"MM": "big"}
_TEXT_TYPES: Final = {1: 1, 2: 1, 7: 1, 129: 1}
"""Of entries: bytes, ASCII, undefined, UTF-8; and bytes a character."""
_ENTRY: Final = 12
_IN_PLACE: Final = 4
"""Bytes of a value that stands in its entry."""
_MOST_ENTRIES: Final = 500
_EXIF_IFD: Final = 0x8769
_USER_COMMENT: Final = 0x9286
_NAMES: Final = {
    0x010D: "DocumentName",
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
    0x927C: "MakerNote",
    _USER_COMMENT: "UserComment",
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}
_OF_WINDOWS: Final = frozenset({0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F})
_KEYWORD: Final = re.compile(r'([A-Za-z][\w-]{0,39}):\s?(?=\{\s{0,99}["}]|\[\s{0,99}["{\]])')
"""Before JSON in a text of ComfyUI's. A prompt may begin like that as well: `style: [fox:cat:0.5]`."""
_CODES: Final = 8
"""Bytes before a user's comment that name its encoding (EXIF 2.32, 4.6.5)."""


def read(content: bytes, found: Found) -> None:
    """All texts of the first image's directory, and of the one below it. Tags without a text's name are read where
    ComfyUI's keyword stands in them.
    """
    content = content.removeprefix(_PREFIX)
    order = _ORDERS.get(content[:2])
    if order is None:
        return
    below: list[int] = []
    for tag, text in _entries(content, int.from_bytes(content[4:8], order), order, below):
        _add(tag, text, order, found)
    for place in below[:1]:
        for tag, text in _entries(content, place, order, []):
            _add(tag, text, order, found)


def _entries(
    content: bytes, place: int, order: Literal["little", "big"], below: list[int]
) -> Iterator[tuple[int, bytes]]:
    """The texts of a directory by tag; `below` gets where the EXIF directory stands."""
    count = int.from_bytes(content[place : place + 2], order)
    for number in range(min(count, _MOST_ENTRIES)):
        start = place + 2 + number * _ENTRY
        entry = content[start : start + _ENTRY]
        if len(entry) < _ENTRY:
            return
        tag, kind = int.from_bytes(entry[:2], order), int.from_bytes(entry[2:4], order)
        value = int.from_bytes(entry[8:], order)
        if tag == _EXIF_IFD:
            below.append(value)
        elif size := int.from_bytes(entry[4:8], order) * _TEXT_TYPES.get(kind, 0):
            yield tag, entry[8 : 8 + size] if size <= _IN_PLACE else content[value : value + size]


def _add(tag: int, content: bytes, order: Literal["little", "big"], found: Found) -> None:
    if not found.spend(len(content)):
        return
    text = _decoded(tag, content, order).strip("\0 ")
    if (keyword := _KEYWORD.match(text)) is not None:
        found.add(keyword[1].casefold(), text[keyword.end() :])
    elif tag in _NAMES:
        found.add(_NAMES[tag], text)


def _decoded(tag: int, content: bytes, order: Literal["little", "big"]) -> str:
    if tag in _OF_WINDOWS:
        return content.decode("utf-16-le", "replace")
    if tag != _USER_COMMENT:
        return plain(content)
    code, rest = content[:_CODES], content[_CODES:]
    if code == b"UNICODE\0":
        return _utf16(rest, order)
    if code in {b"ASCII\0\0\0", b"JIS\0\0\0\0\0", bytes(_CODES)}:
        return plain(rest)
    return plain(content)


def _utf16(content: bytes, order: Literal["little", "big"]) -> str:
    """The standard says the file's byte order, most programs write big-endian whatever it is, some write UTF-8: what
    most characters look like decides.
    """
    if content.startswith((b"\xfe\xff", b"\xff\xfe")):
        return plain(content)
    head = content[:512]
    if head.isascii() and b"\0" not in head:
        return plain(content)
    zeros = head[0::2].count(0), head[1::2].count(0)
    big = zeros[0] > zeros[1] if zeros[0] != zeros[1] else order == "big"
    return content.decode("utf-16-be" if big else "utf-16-le", "replace")
