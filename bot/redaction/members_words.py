"""Hides what members wrote from lines of the log, quoted by anything: a server's error, a library's exception."""

import itertools
import re
from collections.abc import Iterable
from typing import Final

_HIDDEN: Final = "…"
_RUN: Final = 12
"""Characters: so long a piece of a text is recognised anywhere in a line. Shorter texts only as a whole."""
_SHORTEST: Final = 4
_MOST: Final = 20_000
"""Characters of all texts together that are looked for."""


class MembersWords:
    """Some texts that may be in no line, nor longer pieces of them. A text that is quoted in part counts as well."""

    def __init__(self, texts: Iterable[str]) -> None:
        found = sorted({" ".join(text.split())[:_MOST] for text in texts}, key=len, reverse=True)
        self._whole = [one.casefold() for one in found if _SHORTEST <= len(one) < _RUN]
        self._runs = frozenset(
            one.casefold()[start : start + _RUN] for one in found for start in range(len(one) - _RUN + 1)
        )

    def __call__(self, line: str) -> str:
        """The line without them."""
        if not (self._whole or self._runs):
            return line
        plain, covered = _folded(line), bytearray(len(line))
        for start in range(len(plain) - _RUN + 1):
            if plain[start : start + _RUN] in self._runs:
                covered[start : start + _RUN] = b"\1" * _RUN
        for text in self._whole:
            for found in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", plain):
                covered[found.start() : found.end()] = b"\1" * (found.end() - found.start())
        if not any(covered):
            return line
        signs = zip(line, covered, strict=True)
        return "".join(_HIDDEN if hidden else "".join(sign for sign, _ in some) for hidden, some in _pieces(signs))


def _pieces(signs: Iterable[tuple[str, int]]) -> Iterable[tuple[int, Iterable[tuple[str, int]]]]:
    return itertools.groupby(signs, key=lambda one: one[1])


def _folded(line: str) -> str:
    """The line in small letters with plain spaces, sign for sign as long as before."""
    return "".join(" " if sign.isspace() else one if len(one := sign.casefold()) == 1 else sign for sign in line)
