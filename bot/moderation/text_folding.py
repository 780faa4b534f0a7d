"""Text in one plain spelling: look-alike characters and spaced-out letters must not get past a word list. Pure."""

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from confusable_homoglyphs.confusables import confusables_data

_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf"})
"""Unicode's categories of accents and of characters without width."""
_TOKEN: Final = re.compile(r"[^\W_]+")
_LEAST_SPELLED: Final = 3
"""This many single letters in a row count as a word that somebody spelled out."""


def fold(text: str) -> str:
    """The text in lower case, without accents and invisible characters, and with each look-alike replaced by the letter
    that it imitates.
    """
    plain = "".join(_lookalikes().get(sign, sign) for sign in text)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(
        _lookalikes().get(sign, sign) for sign in decomposed if unicodedata.category(sign) not in _INVISIBLE
    ).casefold()


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text, folded. A word that was spelled out letter by letter is joined again."""
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
    """Runs of single letters, folded, that are long enough for a word. A run can hold more than the word: that of
    "a b a d word" begins with another letter.
    """
    letters = "".join(token if len(token) == 1 else " " for token in _TOKEN.findall(fold(text)))
    return tuple(run for run in letters.split() if len(run) >= _LEAST_SPELLED)


@functools.cache
def _lookalikes() -> Mapping[str, str]:
    """Each character that looks like a plain letter -> that letter, from Unicode's list of confusables."""
    table: dict[str, str] = {}
    for sign, alike in confusables_data.items():
        letters = [one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii() and one["c"].isalpha()]
        if len(sign) == 1 and not sign.isascii() and letters:
            table[sign] = letters[0]
    return table
