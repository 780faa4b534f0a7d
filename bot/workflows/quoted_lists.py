"""Lists that people type, like `detail:0.8, film grain`. What is in quotes may hold the sign between the entries, since
a file's name can have a comma. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

OPENING: Final = '"“„'
"""What a quote may begin with: phones and other keyboards have signs of their own."""
_CLOSING: Final = '"“”'
_QUOTES: Final = rf"[{OPENING}][^“”„\"]+[{_CLOSING}]"
_QUOTED: Final = re.compile(rf"({_QUOTES})(.*)", re.DOTALL)
# A quote within a word is part of it, like the inches in `12" disk`.
_PARTS: Final[Mapping[str, re.Pattern[str]]] = {
    sign: re.compile(rf"(?:(?<![^\s,:=|]){_QUOTES}(?=[\s,:|]|$)|[^{sign}])+") for sign in (",", "|")
}
_UNFINISHED: Final = re.compile(rf"(?:^|(?<=,))\s*[{OPENING}][^“”„\"]*$")


def split_list(text: str, sign: str = ",") -> list[str]:
    """The entries between commas or bars, with their quotes, without empty ones."""
    return [entry for part in _PARTS[sign].findall(text) if (entry := part.strip())]


def split_last(text: str) -> tuple[str, str]:
    """What stands before the last entry of a list, and that entry, which may still be being typed."""
    unfinished = _UNFINISHED.search(text)
    if unfinished is not None:
        start = unfinished.start()
    else:
        ends = [part.end() for part in _PARTS[","].finditer(text)]
        start = 1 + max((end for end in ends if text[end : end + 1] == ","), default=-1)
    return text[:start].strip().removesuffix(",").strip(), text[start:].strip()


def split_quoted(entry: str) -> tuple[str, str] | None:
    """What an entry has in quotes, and what follows those; None if it does not begin with quotes."""
    found = _QUOTED.fullmatch(entry)
    return None if found is None else (found[1][1:-1].strip(), found[2].strip())


def in_list(name: str) -> str:
    """A name as an entry of a list: in quotes if it has a sign that means something there."""
    return f'"{name}"' if "," in name or ":" in name or name.startswith("=") else name
