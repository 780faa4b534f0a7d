"""Where in an AVIF its EXIF data is: its items and their places (ISO/IEC 14496-12, 8.11.3 and 8.11.6). Pure."""

from typing import Final

_MOST_ITEMS: Final = 1000
_ENTRY: Final = 20
"""Bytes of an `infe` box up to the end of its item's type; two more where the item's number has four bytes."""
_WITH_METHOD: Final = (1, 2)
"""Versions of `iloc` that say how a place is meant."""


def exif_in(listed: bytes, places: bytes) -> tuple[int, int]:
    """First byte and size of the EXIF item, by the content of `iinf` and `iloc`; (0, 0) if there is none, or if its
    place is given in a way that encoders do not use.
    """
    number = _exif_item(listed)
    return (0, 0) if number is None else _place_of(number, places)


def _exif_item(listed: bytes) -> int | None:
    place = 6 if listed[:1] == b"\0" else 8
    for _ in range(_MOST_ITEMS):
        entry = listed[place : place + _ENTRY + 2]
        size = int.from_bytes(entry[:4], "big")
        if size < _ENTRY:
            return None
        # Its version says how many bytes the item's number has; two bytes of protection follow.
        wide = 2 if entry[8:9] == b"\3" else 0
        if entry[16 + wide : 20 + wide] == b"Exif":
            return int.from_bytes(entry[12 : 14 + wide], "big")
        place += size
    return None


class _Numbers:
    """Bytes as numbers, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def next(self, size: int) -> int:
        self._place += size
        return int.from_bytes(self._content[self._place - size : self._place], "big")


def _place_of(wanted: int, places: bytes) -> tuple[int, int]:
    read = _Numbers(places).next
    version, _ = read(1), read(3)
    sizes, more = read(1), read(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version in _WITH_METHOD else 0
    for _ in range(min(read(4 if version == _WITH_METHOD[-1] else 2), _MOST_ITEMS)):
        number = read(4 if version == _WITH_METHOD[-1] else 2)
        method = read(2) if version in _WITH_METHOD else 0
        read(2)
        base, pieces = read(base_size), read(2)
        if number == wanted:
            read(index_size)
            return (base + read(offset_size), read(length_size)) if pieces == 1 and not method else (0, 0)
        for _ in range(min(pieces, _MOST_ITEMS)):
            read(index_size + offset_size + length_size)
    return 0, 0
