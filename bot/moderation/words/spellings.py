"""Finds listed words in a reading of a prompt, however they are spelled there.

What counts as a spelling of a word is narrow: a list that finds "sex" in "Essex" or "god" in "goood" is soon switched
off. `docs/word-lists.md` shows what is found and what is not. Pure, and linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Final

from bot.moderation.words.scripts import LETTERS, UNSPACED

_FRAGMENT: Final = re.compile(LETTERS)
_SIGNS: Final = str.maketrans({"@": "A", "$": "S", "€": "E", "£": "L", "©": "C", "¢": "C", "®": "R", "¥": "Y"})
"""Signs that people write for letters. The capitals tell them apart from letters, which are lower case by then."""
_SIGNS_INSIDE: Final = re.compile(r"(?<=[^\W_])[!+](?=[^\W_])")
_INSIDE: Final = {"!": "I", "+": "T"}
"""These stand for letters only between two others."""
_DIGITS: Final = "0123456789"
_LEET: Final = (str.maketrans("013456789", "oieasgtbg"), str.maketrans("013456789", "oleasbtbg"))
"""Digits that people write for letters. A 1 may be an i or an l, a 6 a g or a b."""
_WIDE: Final = re.compile(rf"[\s,;]|{UNSPACED.pattern}")
"""Fragments with one of these between them are words of their own, not pieces of one."""
_APOSTROPHES: Final = frozenset({"'", "\u2019"})
_CONTRACTED: Final = frozenset({"d", "ll", "m", "re", "s", "t", "ve"})
"""Behind an apostrophe: she'll and who're are not what they look like without it."""
LEAST_SPELLED: Final = 3
"""This many letters count as a word that somebody wrote in pieces."""
_REPEATED: Final = re.compile(r"([^\W\d_])\1")
_STRETCHED: Final = 3
"""No word has the same letter this often in a row."""
_NEVER_DOUBLE: Final = frozenset("ahijkquvwxy")
"""Letters that English hardly doubles, and never so that another word comes out: nuude means nude."""
_DOUBLE: Final = re.compile(
    r"been|boo|boob|book|boom|boot|booty|butt|cool|coop|deed|doom|door|fee|feel|feed|fell|food"
    r"|fool|full|good|goof|grass|groom|hall|hell|hoop|hoot|keen|kiss|look|loop|mass|mess|miss|moo"
    r"|moon|need|noon|pass|poop|pool|poor|reed|roof|room|root|see|seek|seen|sheep|shoot|small"
    r"|soon|spoon|steep|teen|tell|tool|too|wall|weed|week|well|will|wool|zoo"
)
"""Words with a double letter. Stretched, they mean themselves, and not the word with one letter less."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of letters and digits. `glued`: no more than punctuation stands between it and the one before."""

    text: str
    glued: bool


class _Letter:
    """A place in the tree of all words: the letters that can follow, and the word that ends here."""

    __slots__ = ("following", "word")

    def __init__(self) -> None:
        self.following: dict[str, _Letter] = {}
        self.word: str | None = None


class Spellings:
    """Words to look for, prepared so that a look takes no longer for more words."""

    def __init__(self, words: Iterable[str]) -> None:
        """`words` are in plain letters."""
        self._words: Final = frozenset(words)
        self._squeezed: Final[dict[str, tuple[str, ...]]] = {}
        self._tree: Final = _Letter()
        for word in self._words:
            if len(word) < LEAST_SPELLED:
                continue
            short = "".join(letter for letter, _run in groupby(word))
            self._squeezed[short] = (*self._squeezed.get(short, ()), word)
            here = self._tree
            for letter in word:
                here = here.following.setdefault(letter, _Letter())
            here.word = word

    def found(self, reading: str) -> set[str]:
        """The words that this reading holds."""
        found: set[str] = set()
        for text in _with_signs(reading):
            pieces = pieces_of(text)
            for token in {piece.text for piece in pieces}:
                found.update(self._in_token(token))
            for run in dict.fromkeys((*_glued(pieces), *spelled_out(pieces))):
                found.update(self._in_run(run))
                if (squeezed := _squeezed(run)) != run:
                    found.update(self._in_run(squeezed))
        return found

    def _in_token(self, token: str) -> Iterator[str]:
        core = token.strip(_DIGITS)
        for one in {token, *_as_letters(token), *([core] if len(core) >= LEAST_SPELLED else [])}:
            if one in self._words:
                yield one
            if _REPEATED.search(one) is not None:
                yield from self._stretched(one)

    def _stretched(self, token: str) -> Iterator[str]:
        runs = [(letter, len([*run])) for letter, run in groupby(token)]
        doubled = _doubled(runs)
        if _DOUBLE.fullmatch(doubled):
            yield from {doubled} & self._words
            return
        for word in self._squeezed.get("".join(letter for letter, _count in runs), ()):
            if _stretches(runs, word):
                yield word

    def _in_run(self, run: Sequence[str]) -> Iterator[str]:
        """The words that whole pieces of this run make together, at least two of them."""
        joined = "".join(run)
        ends = [*accumulate(map(len, run), initial=0)]
        borders = frozenset(ends)
        texts = [joined] if joined.isalpha() and joined.islower() else [joined, *_unmasked(joined)]
        for start, piece in zip(ends, run, strict=False):
            for text in texts:
                for word in self._from(text, start):
                    end = start + len(word)
                    if len(word) > len(piece) and end in borders and (text is joined or _is_leet(joined[start:end])):
                        yield word

    def _from(self, text: str, start: int) -> Iterator[str]:
        """The words that begin at this place of the text."""
        here = self._tree
        for place in range(start, len(text)):
            following = here.following.get(text[place])
            if following is None:
                return
            here = following
            if here.word is not None:
                yield here.word


def pieces_of(text: str) -> tuple[Piece, ...]:
    """The runs of letters and digits of a text in plain letters."""
    found: list[Piece] = []
    ended = 0
    for match in _FRAGMENT.finditer(text):
        between = text[ended : match.start()]
        contracted = between in _APOSTROPHES and match[0] in _CONTRACTED
        found.append(Piece(match[0], bool(found) and not contracted and _WIDE.search(between) is None))
        ended = match.end()
    return tuple(found)


def spelled_out(pieces: Iterable[Piece]) -> Iterator[tuple[str, ...]]:
    """Runs of single letters, whatever stands between them, that are long enough for a word."""
    for single, run in groupby(pieces, lambda piece: len(piece.text) == 1):
        letters = tuple(piece.text for piece in run)
        if single and len(letters) >= LEAST_SPELLED:
            yield letters


def words_in(pieces: Iterable[Piece]) -> tuple[str, ...]:
    """The words of a text. One that was spelled out letter by letter is joined again."""
    found: list[str] = []
    for single, run in groupby(pieces, lambda piece: len(piece.text) == 1):
        texts = [piece.text for piece in run]
        found += ["".join(texts)] if single and len(texts) >= LEAST_SPELLED else texts
    return tuple(found)


def sentences(reading: str) -> Iterator[tuple[str, ...]]:
    """The words of a reading in their order, once as they are and once for each way to read the digits in them."""
    for text in _with_signs(reading):
        words = words_in(pieces_of(text))
        yield words
        for number in range(len(_LEET)):
            yield tuple(_unstretched(([*_as_letters(word)] or [word] * len(_LEET))[number]) for word in words)


def _with_signs(reading: str) -> tuple[str, ...]:
    """The reading, and the one in which signs are letters, if there are such signs."""
    signed = _SIGNS_INSIDE.sub(lambda found: _INSIDE[found[0]], reading).translate(_SIGNS)
    return (reading,) if signed == reading else (reading, signed)


def _glued(pieces: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    run: list[str] = []
    for piece in pieces:
        if not piece.glued:
            if len(run) > 1:
                yield tuple(run)
            run = []
        run.append(piece.text)
    if len(run) > 1:
        yield tuple(run)


def _squeezed(run: Sequence[str]) -> tuple[str, ...]:
    """A run in which a letter on its own is not repeated three times and more."""
    found: list[str] = []
    for text, same in groupby(run):
        count = len([*same])
        found += [text] * (1 if len(text) == 1 and count >= _STRETCHED else count)
    return tuple(found)


def _is_leet(token: str) -> bool:
    """Whether digits or signs stand for some of the letters. Of a year, a size or a model's number most are digits."""
    if token.isalpha():
        return any("A" <= sign <= "Z" for sign in token)
    return len(token) >= LEAST_SPELLED and 2 * sum(map(str.isalpha, token)) >= len(token)


def _as_letters(token: str) -> tuple[str, ...]:
    return _unmasked(token) if _is_leet(token) else ()


def _unmasked(text: str) -> tuple[str, ...]:
    return tuple(text.translate(letters).lower() for letters in _LEET)


def _stretches(runs: Sequence[tuple[str, int]], word: str) -> bool:
    """Whether the letters of the word are repeated in these runs: all of them, or none that is ordinarily double."""
    all_of_them = len(runs) >= LEAST_SPELLED and all(count > 1 for _letter, count in runs)
    for (letter, count), (_letter, own) in zip(runs, groupby(word), strict=True):
        wanted = len([*own])
        loose = all_of_them or count >= _STRETCHED or letter in _NEVER_DOUBLE
        if wanted > count or (wanted < count and not loose):
            return False
    return True


def _unstretched(word: str) -> str:
    if _REPEATED.search(word) is None:
        return word
    runs = [(letter, len([*run])) for letter, run in groupby(word)]
    doubled = _doubled(runs)
    if _DOUBLE.fullmatch(doubled):
        return doubled
    return "".join(letter * (1 if count >= _STRETCHED else count) for letter, count in runs)


def _doubled(runs: Iterable[tuple[str, int]]) -> str:
    """The word with no letter more than twice in a row."""
    return "".join(letter * min(count, 2) for letter, count in runs)
