"""Draws from a prompt's choices and wildcards. Pure: the same seed draws the same, in every process."""

from __future__ import annotations

import bisect
import difflib
import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import BindError, Problem
from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.prompts.template import Choice, Inert, Option, Piece, Wildcard, parse

_MOST_DRAWS: Final = 200
"""In one prompt, with those in the lines of wildcard files."""
_MOST_FILES_DEEP: Final = 10
"""Wildcard files that name each other, one within the other."""
_TRIES: Final = 20
"""For each different line of a file that is wanted."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A wildcard file: its lines, and the sum of the weights up to each. `fault` says why it cannot be used."""

    texts: Sequence[str] = ()
    totals: Sequence[float] = ()
    fault: str | None = None

    def pick(self, draw: random.Random) -> str:
        """One line."""
        if not self.totals[-1]:
            return self.texts[int(draw.random() * len(self.texts))]
        return self.texts[min(bisect.bisect(self.totals, draw.random() * self.totals[-1]), len(self.texts) - 1)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The text that was drawn. A LoRA tag that begins at one of the `inert` positions doesn't count."""

    text: str
    inert: frozenset[int] = frozenset()


def has_draws(pieces: Iterable[Piece]) -> bool:
    """Whether anything in the prompt is left to chance."""
    return any(isinstance(piece, Choice | Wildcard) for piece in pieces)


def draw(pieces: Iterable[Piece], seed: str, wildcards: Mapping[str, Lines]) -> Drawn:
    """The text for a seed. `wildcards` are by their names in lower case.

    Raises `BindError` if it grows over the limit, or a wildcard does not exist, cannot be read or leads to itself.
    """
    # A text as the seed is hashed by SHA-512, and the sequence of random() never changes between versions of Python.
    drawing = _Drawing(random.Random(seed), wildcards)  # noqa: S311 - what an image shows is no secret
    drawing.add(pieces, ())
    return Drawn("".join(drawing.texts), frozenset(drawing.inert))


@dataclass(slots=True)
class _Drawing:
    random: random.Random
    wildcards: Mapping[str, Lines]
    texts: list[str] = field(default_factory=list)
    inert: set[int] = field(default_factory=set)
    length: int = 0
    draws: int = 0

    def add(self, pieces: Iterable[Piece], within: tuple[str, ...]) -> None:
        """Add what the pieces say. `within` names the wildcard files that lead here."""
        for piece in pieces:
            match piece:
                case Choice():
                    self._choose(piece, within)
                case Wildcard():
                    self._wildcard(piece, within)
                case Inert():
                    self.inert.add(self.length)
                    self._put(piece.text)
                case str():
                    self._put(piece)

    def _put(self, text: str) -> None:
        self.texts.append(text)
        self.length += len(text)
        if self.length > MAX_TEXT:
            raise _fault("drawn_too_long", limit=MAX_TEXT)

    def _count(self) -> None:
        self.draws += 1
        if self.draws > _MOST_DRAWS:
            raise _fault("too_many_draws", limit=_MOST_DRAWS)

    def _choose(self, choice: Choice, within: tuple[str, ...]) -> None:
        self._count()
        low, high = choice.low, choice.high
        wanted = low + int(self.random.random() * (high - low + 1)) if low < high else low
        (only, *others) = choice.options
        if not others and len(only.pieces) == 1 and isinstance(only.pieces[0], Wildcard) and wanted > 1:
            self._several_lines(only.pieces[0], wanted, choice.between, within)
            return
        left = list(choice.options)
        even = len({option.weight for option in left}) == 1
        for number in range(min(wanted, len(left))):
            option = left.pop(self._index(left, even=even))
            if number:
                self._count()
                self._put(choice.between)
            self.add(option.pieces, within)

    def _index(self, options: Sequence[Option], *, even: bool) -> int:
        value = self.random.random()
        totals = [] if even else list(itertools.accumulate(option.weight for option in options))
        if even or not totals[-1]:
            return int(value * len(options))
        return min(bisect.bisect(totals, value * totals[-1]), len(options) - 1)

    def _wildcard(self, wildcard: Wildcard, within: tuple[str, ...]) -> None:
        self._count()
        lines = self._lines(wildcard, within)
        if lines is None:
            self._put(wildcard.text)
        else:
            self.add(parse(lines.pick(self.random)), (*within, wildcard.name.casefold()))

    def _several_lines(self, wildcard: Wildcard, wanted: int, between: str, within: tuple[str, ...]) -> None:
        lines = self._lines(wildcard, within)
        if lines is None:
            self._put(wildcard.text)
            return
        wanted = min(wanted, len(lines.texts), _MOST_DRAWS)
        found: dict[str, None] = {}
        for _try in range(wanted * _TRIES):
            found[lines.pick(self.random)] = None
            if len(found) == wanted:
                break
        for number, line in enumerate(found):
            self._count()
            if number:
                self._put(between)
            self.add(parse(line), (*within, wildcard.name.casefold()))

    def _lines(self, wildcard: Wildcard, within: tuple[str, ...]) -> Lines | None:
        """The lines of the file; None if the wildcard is text after all."""
        key = wildcard.name.casefold()
        if key in within:
            raise _fault("wildcard_circle", wildcard.name)
        if len(within) >= _MOST_FILES_DEEP:
            raise _fault("too_deep", limit=_MOST_FILES_DEEP)
        lines = self.wildcards.get(key)
        if lines is None and wildcard.sure:
            raise _fault("unknown_wildcard", wildcard.name, _alike(key, self.wildcards))
        if lines is not None and (lines.fault is not None or not lines.texts):
            raise _fault("unusable_wildcard", wildcard.name)
        return lines


def _alike(name: str, known: Mapping[str, Lines]) -> tuple[str, ...]:
    """The names that a member may have meant, else the first that there are."""
    by_last = {one.rpartition("/")[2]: one for one in known}
    close = difflib.get_close_matches(name.rpartition("/")[2], by_last, 5, 0.6)
    return tuple(by_last[one] for one in close) or tuple(sorted(known))[:5]


def _fault(code: str, value: object = None, limit: object = None) -> BindError:
    return BindError((Problem("prompt", code, value, limit),))
