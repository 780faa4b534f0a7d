"""Scripts in which words are found in another way than in Latin letters. Pure.

Some put no spaces between words, so a listed word can stand anywhere. In some a mark is part of a letter, unlike an
accent: が is no か, and a Hindi word without its vowel signs is another word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

_KATAKANA: Final = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HANGUL: Final = "\uac00-\ud7a3"
_TOGETHER: Final = (
    f"\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3005\u3006\u3041-\u309f{_KATAKANA}"
    f"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af{_HANGUL}"
)
"""Thai and Lao, Burmese, Khmer, kana, Chinese characters: nothing stands between words. Hangul has spaces, but
particles follow a word without one.
"""
UNSPACED: Final = re.compile(f"[{_TOGETHER}]")
_JOINTS: Final = re.compile(rf"(?<=[{_TOGETHER}])[-_.*/|\\~+=^'·・()\[\]{{}}]+(?=[{_TOGETHER}])")
"""Signs that somebody may put into a word."""
_MARKED: Final = ((0x900, 0xE00), (0xE00, 0x1100), (0x1780, 0x1800), (0x3040, 0x3100))
"""The scripts of India and Sri Lanka, Thai to Burmese, Khmer, and kana, from the first code point up to, but not
including, the second.
"""
_MARKS: Final = frozenset(
    sign
    for sign in map(chr, chain.from_iterable(range(*block) for block in _MARKED))
    if unicodedata.category(sign) in {"Mn", "Mc"}
)
LETTERS: Final = rf"(?:(?![{_TOGETHER}])[^\W_]|[{''.join(sorted(one for one in _MARKS if one < chr(0xE00)))}])+"
"""A run of letters, digits and marks of scripts with spaces, as a regular expression."""
_WORD: Final = re.compile(rf"[\w{_TOGETHER}{''.join(sorted(_MARKS))}]+")


def is_part(mark: str, base: str) -> bool:
    """Whether a mark is a part of the letter that it stands on. On a letter of another script it is decoration."""
    return mark in _MARKS and any(start <= ord(base) < end for start, end in _MARKED)


def unspaced_words(plain: str) -> tuple[str, ...]:
    """The words that a moderator wrote in plain letters with such scripts among them; none if there are none."""
    return tuple(_WORD.findall(plain)) if UNSPACED.search(plain) is not None else ()


class UnspacedWords:
    """Listed words in such scripts, found wherever they stand.

    Katakana has to begin or end where the word does (エロ is not in ピエロ), and Hangul to begin where it does, because
    other words go on there.
    """

    def __init__(self, words: Iterable[str]) -> None:
        """`words` are in plain letters, spaces among them where a phrase has some."""
        self._words: Final = {word: _bounded(word) for word in words}

    def found(self, reading: str) -> Iterator[str]:
        """The words that this reading has."""
        if not self._words or UNSPACED.search(reading) is None:
            return
        spaced = " ".join(reading.split())
        for text in dict.fromkeys((spaced, _JOINTS.sub("", spaced))):
            yield from (word for word, bounded in self._words.items() if word in text and bounded.search(text))


def _bounded(word: str) -> re.Pattern[str]:
    before, after = _other(word[0], _KATAKANA, _HANGUL), _other(word[-1], _KATAKANA)
    return re.compile(f"{f'(?<!{before})' if before else ''}{re.escape(word)}{f'(?!{after})' if after else ''}")


def _other(sign: str, *bounded: str) -> str:
    """What may not stand beside this sign."""
    if sign.isascii() and sign.isalnum():
        return "[a-z0-9]"
    return next((f"[{script}]" for script in bounded if re.match(f"[{script}]", sign)), "")
