"""Words as they are meant, whatever signs they are written with. Pure."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from confusable_homoglyphs.confusables import confusables_data

_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf"})
"""Unicode's categories of accents and of signs without width."""
_TOKEN: Final = re.compile(r"[^\W_]+")
_LEAST_SPELLED: Final = 3
"""So many single letters in a row are a word that somebody has spelled out."""


def fold(text: str) -> str:
    """The text in small plain letters: without accents and invisible signs, each look-alike as the letter that it
    looks like.
    """
    plain = "".join(_lookalikes().get(sign, sign) for sign in text)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(
        _lookalikes().get(sign, sign) for sign in decomposed if unicodedata.category(sign) not in _INVISIBLE
    ).casefold()


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, folded; one that is spelled out letter by letter is a word again."""
    found: list[str] = []
    spelled: list[str] = []
    for token in (*_TOKEN.findall(fold(text)), ""):
        if len(token) == 1:
            spelled.append(token)
            continue
        found += ["".join(spelled)] if len(spelled) >= _LEAST_SPELLED else spelled
        spelled = []
        found += [token] if token else []
    return tuple(found)


def spelled_out(text: str) -> tuple[str, ...]:
    """The single letters in a row, folded, where they are enough for a word: what stands before it may be one of them,
    as in “a b a d word”.
    """
    letters = "".join(token if len(token) == 1 else " " for token in _TOKEN.findall(fold(text)))
    return tuple(run for run in letters.split() if len(run) >= _LEAST_SPELLED)


@functools.cache
def _lookalikes() -> Mapping[str, str]:
    """Each sign that looks like one plain letter -> that letter, after Unicode's list of confusables."""
    table: dict[str, str] = {}
    for sign, alike in confusables_data.items():
        letters = [one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii() and one["c"].isalpha()]
        if len(sign) == 1 and not sign.isascii() and letters:
            table[sign] = letters[0]
    return table
