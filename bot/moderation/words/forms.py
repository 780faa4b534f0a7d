"""The forms of a word that a moderator can ask for: `nude` also means nudes and nudity. Pure."""

from __future__ import annotations

from typing import Final

_ENDINGS: Final = ("s", "es", "ed", "ing", "ings", "ity", "ness")
"""Endings like -er and -y are missing on purpose: butter and assist are no forms of what they begin with."""
_VOWELS: Final = frozenset("aeiou")


def forms_of(word: str) -> frozenset[str]:
    """The word, and the word with these endings: s, es, d, ed, ing, ings, ity, ness.

    A final e falls away before a vowel (nude, nudity), a final y becomes i (body, bodies), and a final consonant after
    a vowel is doubled (strip, stripping).
    """
    found = {word, *(word + ending for ending in _ENDINGS)}
    last, before = word[-1:], word[-2:-1]
    if last == "e":
        found |= {word + "d", *(word[:-1] + ending for ending in _ENDINGS if ending[0] in _VOWELS)}
    elif last == "y" and before not in _VOWELS:
        found |= {word[:-1] + "i" + ending for ending in ("es", "ed", "ness")}
    elif before in _VOWELS and last not in _VOWELS:
        found |= {word + last + ending for ending in ("ed", "ing", "ings")}
    return frozenset(found)
