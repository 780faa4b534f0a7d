"""Text in plain letters: accents, look-alikes and letters in boxes and circles must not get past a word list. Pure."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from confusable_homoglyphs.confusables import confusables_data

from bot.moderation.words.scripts import is_part

_ACCENTS: Final = frozenset({"Mn", "Me"})
"""Unicode's categories of marks that stand on another character."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
"""The categories of characters that show nothing, and of those that nobody has a glyph for."""
_SENTENCES: Final = frozenset("\ufdfa\ufdfb")
"""Ligatures of whole sentences: a prompt of nothing else would become eighteen times as long."""
_BLANKS: Final = frozenset("\u0640\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and symbols by their category, with an empty glyph or none of their own: Arabic's stretched line, fillers of
Hangul and Khmer, and Braille without dots.
"""
_NAMED: Final = re.compile(
    r"(?:.*\b)?LATIN (?:SMALL|CAPITAL) LETTER (?:(?:DOTLESS|INSULAR|LONG|OPEN|SCRIPT|TURNED|REVERSED) )*([A-Z])"
    r"(?: WITH .*| BAR)?"
    r"|(?:.*\b)?LETTER SMALL CAPITAL ([A-Z])|MODIFIER LETTER (?:SMALL|CAPITAL) ([A-Z])"
    r"|REGIONAL INDICATOR SYMBOL LETTER ([A-Z])"
)
"""How the Unicode Character Database names a letter that is drawn in another way."""
_OTHER_WORDS: Final = re.compile(r"\b(años?|schwül\w{0,4}|s\u0131k)\b", re.IGNORECASE)
"""Words that are crude ones without their accents: year in Spanish, humid in German, often in Turkish."""
_MIXED: Final = re.compile(r"[^\W\d_]+")
_AMONG_LATIN: Final = str.maketrans("ηευκτιпиктмнвг", "neuktinuktmhbr")
"""Greek and Cyrillic letters that look like a Latin one only among Latin letters."""
_DRAWN: Final = (
    *((0xC0, 0x300), (0x1D00, 0x1DC0), (0x1E00, 0x1F00), (0x2460, 0x2500), (0x2C60, 0x2C80), (0xA720, 0xA800)),
    *((0xAB30, 0xAB70), (0x1F100, 0x1F200)),
)
"""The blocks that have such letters, from the first code point up to, but not including, the second."""


def fold(text: str, blank: str = "") -> str:
    """The text in lower case, without accents, and with each look-alike replaced by the letter that it imitates.
    Characters that show nothing become `blank`.
    """
    if text.isascii():
        return _plain(text, blank)
    parts = _OTHER_WORDS.split(unicodedata.normalize("NFC", text))
    return "".join(part.casefold() if number % 2 else _plain(part, blank) for number, part in enumerate(parts))


def _plain(text: str, blank: str) -> str:
    alike = _alike()
    decomposed = unicodedata.normalize(
        "NFKD", "".join(alike.get(sign, sign) for sign in text if sign not in _SENTENCES)
    )
    composed = unicodedata.normalize("NFC", "".join(_seen(decomposed, blank)))
    signs = ((sign, sign.casefold()) for sign in composed)
    plain = "".join(alike.get(sign, alike.get(small, small)) for sign, small in signs).casefold()
    return plain if plain.isascii() else _MIXED.sub(_latin, plain)


def _latin(found: re.Match[str]) -> str:
    mixed = any(sign.isascii() for sign in found[0])
    return found[0].translate(_AMONG_LATIN) if mixed else found[0]


def has_blanks(text: str) -> bool:
    """Whether any character of the text shows nothing."""
    return not text.isascii() and any(_is_blank(sign) for sign in text)


def _seen(decomposed: str, blank: str) -> Iterator[str]:
    base = ""
    for sign in decomposed:
        if sign.isascii():
            base = sign
            yield sign
        elif _is_blank(sign):
            yield blank
        elif unicodedata.category(sign) not in _ACCENTS:
            base = sign
            yield sign
        elif base and is_part(sign, base):
            yield sign


def _is_blank(sign: str) -> bool:
    return sign in _BLANKS or (not sign.isspace() and unicodedata.category(sign) in _UNSEEN)


@functools.cache
def _alike() -> Mapping[str, str]:
    """Each character that looks like a plain letter, or is one by its name -> that letter."""
    table: dict[str, str] = {}
    for sign, alike in confusables_data.items():
        letters = [one["c"] for one in alike if len(one["c"]) == 1 and one["c"].isascii() and one["c"].isalpha()]
        if len(sign) == 1 and not sign.isascii() and letters:
            table[sign] = letters[0]
    for sign in map(chr, chain.from_iterable(range(*block) for block in _DRAWN)):
        found = _NAMED.fullmatch(unicodedata.name(sign, ""))
        if found is not None:
            table[sign] = next(filter(None, found.groups())).lower()
    return table
