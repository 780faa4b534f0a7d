"""TOML that a stranger wrote, read in a time that does not grow faster than the text. Pure.

Python's reader calls itself for every bracket, and takes the square of its length for a name like `a.a.a.a`: both are
counted before it begins.
"""

import tomllib
from typing import Final

MOST_BYTES: Final = 16 * 1024
"""Of a manifest: 25 options take a fifth of it."""
_MOST_DOTS: Final = 300
"""On a line."""
_DEEPEST: Final = 100
"""Lists and tables in each other, counted by the brackets that are open: those in texts count too."""


def read_toml(text: str | bytes, most: int = MOST_BYTES) -> dict[str, object]:
    """What a TOML text of at most `most` bytes says. Raises `ValueError` with the reason, for its author."""
    if len(text) > most:
        raise ValueError(f"the file is too large: at most {most // 1024} KB are allowed")
    try:
        plain = text if isinstance(text, str) else text.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ValueError(f"the file is not UTF-8 text ({fault.reason})") from None
    if any(line.count(".") > _MOST_DOTS for line in plain.split("\n")):
        raise ValueError(f"a line has more than {_MOST_DOTS} dots, and no name has so many parts")
    if _depth(plain) > _DEEPEST:
        raise ValueError(f"lists or tables are nested more than {_DEEPEST} levels deep")
    try:
        return tomllib.loads(plain)
    except RecursionError:
        raise ValueError(f"lists or tables are nested more than {_DEEPEST} levels deep") from None


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
