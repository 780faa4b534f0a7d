"""TOML that a stranger wrote, read in a time that does not grow faster than the text. Pure.

Python's reader calls itself for every bracket, and takes the square of its length for a name like `a.a.a.a`: both are
counted before it begins.
"""

import tomllib
from typing import Final

from bot.errors import Fault

MOST_BYTES: Final = 16 * 1024
"""Of a manifest: 25 options take a fifth of it."""
_MOST_DOTS: Final = 300
"""On a line."""
_DEEPEST: Final = 100
"""Lists and tables in each other, counted by the brackets that are open: those in texts count too."""


class Unreadable(ValueError):  # noqa: N818 - says what was found
    """A text is no TOML that is read; `fault` is for its author, a `Fault` unless it is Python’s."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def read_toml(text: str | bytes, most: int = MOST_BYTES) -> dict[str, object]:
    """What a TOML text of at most `most` bytes says. Raises `Unreadable`."""
    if len(text) > most:
        raise Unreadable(Fault("the file is too large: at most {kilobytes} KB are allowed", kilobytes=most // 1024))
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unreadable(Fault("the file is not UTF-8 text ({reason})", reason=fault.reason)) from None
    if any(line.count(".") > _MOST_DOTS for line in plain.split("\n")):
        raise Unreadable(Fault("a line has more than {most} dots, and no name has so many parts", most=_MOST_DOTS))
    deep = Fault("lists or tables are nested more than {most} levels deep", most=_DEEPEST)
    if _depth(plain) > _DEEPEST:
        raise Unreadable(deep)
    try:
        return tomllib.loads(plain)
    except RecursionError:
        raise Unreadable(deep) from None
    except ValueError as fault:
        # Python's own words, which name the line and the column.
        raise Unreadable(str(fault)) from None


def _depth(text: str) -> int:
    """How many brackets are open at most, wherever they stand."""
    deepest = depth = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}" and depth:
            depth -= 1
    return deepest
