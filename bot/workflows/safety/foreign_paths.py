"""Texts that name a place outside ComfyUI's own folders: a path from the root, a drive, a share, an address. Pure.

Everything here takes time in proportion to the text: strangers write it.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Final

_ROOTS: Final = ("/", "\\", "~")
_SCHEME: Final = frozenset(string.ascii_letters + string.digits + "+.-")
_OTHERS: Final = ("[output]", "[temp]")
_LONGEST_ENDING: Final = 8


def names_place(text: str) -> bool:
    """Whether a line of the text is, or begins as, a path out of the folders, or an address."""
    return "\0" in text or any(map(_leads_out, text.splitlines()))


def names_file_elsewhere(text: str) -> bool:
    """Whether a line of the text can hardly be anything but the path of a file elsewhere: “/imagine a cat” is not."""
    return "\0" in text or any(_leads_out(line) and _is_one_name(line) for line in text.splitlines())


def climbs(text: str) -> bool:
    """Whether the text as a whole is a path that goes up: for inputs of which nothing is known."""
    plain = text.strip()
    if plain.startswith(("../", "..\\")):
        return True
    return len(plain.split(None, 1)) == 1 and ".." in _segments(plain)[1:-1]


def in_another_folder(text: str) -> bool:
    """Whether ComfyUI takes the named file from another folder than its input: there lie the images of others."""
    return text.rstrip().endswith(_OTHERS)


def texts_in(value: object) -> Iterator[str]:
    """Every text in an input's value, which may be a list or an object."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as items:
                waiting += items
            case dict() as items:
                waiting += items.values()


def _leads_out(line: str) -> bool:
    plain = line.strip(" \t\"'`\v\f\xa0").strip()
    if plain.startswith(_ROOTS) or (plain[1:2] == ":" and plain[0] in string.ascii_letters):
        return True
    scheme, mark, rest = plain.partition(":")
    if mark and (scheme.casefold() == "file" or (scheme and rest.startswith("//") and _SCHEME.issuperset(scheme))):
        return True
    return ".." in _segments(plain)


def _segments(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\\", "/").split("/")]


def _is_one_name(line: str) -> bool:
    plain = line.strip().strip("\"'`")
    if len(plain.split(None, 1)) == 1:
        return True
    _, dot, ending = plain.rpartition(".")
    return bool(dot) and 0 < len(ending) <= _LONGEST_ENDING and ending.isalnum()
