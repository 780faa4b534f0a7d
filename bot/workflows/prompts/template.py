"""Reads `{red|blue}`, `__wildcard__` and what is escaped in a prompt, in one pass. Pure.

Braces without a `|` of their own are text, and so is what is not closed: prompts are often JSON, and programs weight
words with braces. A backslash before `{`, `}`, `|`, `__`, `<lora:` or `--` makes it text; other backslashes stay.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from bot.errors import BindError, Problem

MOST_DEPTH: Final = 20
"""Choices within each other. Nobody writes more by hand."""
_NAME: Final = r"[^\W_](?:(?:(?!__)[\w./*-]){0,100}(?:[^\W_]|\*))?"
UNSEEN: Final = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Invisible characters that join nothing. Web pages and keyboards of right-to-left languages leave some in texts."""
OPTION_DASH: Final = r"(?:---?|[—–―][—–―-]?|-[—–―]|[\u2010\u2011\u2012\u2212\u30fc\uff0d]{2})"
"""How `--` may be written before an option: phones make one or two long dashes of it, other keyboards have others."""
OPTION_BEGINS: Final = rf"(?<![^\s,{UNSEEN}])"
"""Where an option may begin, at its dash or at a backslash before that."""
TOKEN: Final = re.compile(
    r"(?<!\\)(?P<slashes>\\*)(?:(?P<sign>[{}|]|<(?=[Ll][Oo][Rr][Aa]:))"
    rf"|(?<!\w)__(?P<wildcard>{_NAME})__(?P<more>(?=\w))?|(?P<bars>__))"
    rf"|{OPTION_BEGINS}(?P<dashed>\\+)(?={OPTION_DASH}[A-Za-z])"
)
_QUANTITY: Final = re.compile(r"\s*(?P<low>\d{0,6})(?P<range>-(?P<high>\d{0,6}))?\$\$(?:(?P<between>[^$]*)\$\$)?")
WEIGHT: Final = re.compile(r"\s*(\d{1,6}(?:\.\d{0,6})?|\.\d{1,6})::")


@dataclass(frozen=True, slots=True)
class Inert:
    """Text that begins no LoRA tag, though it looks like it."""

    text: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A line of a wildcard file. `text` is how it is written; `sure`: it can be nothing else."""

    name: str
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things to choose from."""

    pieces: tuple[Piece, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Choice:
    """From `low` to `high` of the options, joined by `between`."""

    options: tuple[Option, ...]
    low: int = 1
    high: int = 1
    between: str = ", "


Piece: TypeAlias = str | Inert | Wildcard | Choice


@dataclass(slots=True)
class _Open:
    """A brace that is not closed yet: where it stands in the text and among the pieces, and its bars."""

    position: int
    index: int
    bars: list[int] = field(default_factory=list)
    depth: int = 0


def parse(text: str) -> tuple[Piece, ...]:
    """The pieces of a prompt. Raises `BindError` if choices are nested too deeply."""
    pieces: list[Piece] = []
    opened: list[_Open] = []
    position = 0
    for token in TOKEN.finditer(text):
        pieces.append(text[position : token.start()])
        position = token.end()
        slashes = token["slashes"] or token["dashed"] or ""
        pieces.append("\\" * (len(slashes) // 2) if slashes else "")
        if token["dashed"]:
            continue
        if len(slashes) % 2:
            position = _escaped(token, pieces)
        elif token["wildcard"]:
            pieces.append(Wildcard(token["wildcard"], f"__{token['wildcard']}__", sure=token["more"] is None))
        else:
            _sign(token, text, pieces, opened)
    pieces.append(text[position:])
    return _joined(pieces)


def _escaped(token: re.Match[str], pieces: list[Piece]) -> int:
    """Add the sign after a backslash as text; where to continue."""
    sign = token["sign"] or "__"
    pieces.append(Inert(sign) if sign == "<" else sign)
    return token.end("slashes") + len(sign)


def _sign(token: re.Match[str], text: str, pieces: list[Piece], opened: list[_Open]) -> None:
    sign = token["sign"] or "__"
    if sign == "{":
        opened.append(_Open(token.end() - 1, len(pieces)))
    elif sign == "|" and opened:
        opened[-1].bars.append(len(pieces))
    elif sign == "}" and opened:
        _close(text[opened[-1].position : token.end()], pieces, opened)
        return
    pieces.append(sign)


def _close(source: str, pieces: list[Piece], opened: list[_Open]) -> None:
    """Make a choice of what stands between the braces, or leave them as text."""
    begun = opened.pop()
    choice = _choice(pieces, begun) if begun.bars or "$$" in str(pieces[begun.index + 1]) else None
    if choice is not None and _is_json(source):
        choice = None
    depth = begun.depth + (choice is not None)
    if depth > MOST_DEPTH:
        raise BindError((Problem("prompt", "too_deep", limit=MOST_DEPTH),))
    if opened:
        opened[-1].depth = max(opened[-1].depth, depth)
    if choice is None:
        pieces.append("}")
    else:
        pieces[begun.index :] = [choice]


def _choice(pieces: list[Piece], begun: _Open) -> Choice | None:
    edges = [begun.index, *begun.bars, len(pieces)]
    parts = [_joined(pieces[edge + 1 : end]) for edge, end in itertools.pairwise(edges)]
    first = parts[0][0] if parts[0] and isinstance(parts[0][0], str) else ""
    quantity = _QUANTITY.match(first)
    if quantity is None or not (quantity["low"] or quantity["range"]):
        return Choice(tuple(map(_option, parts))) if begun.bars else None
    parts[0] = _joined([first[quantity.end() :], *parts[0][1:]])
    low = int(quantity["low"] or 0)
    high = int(quantity["high"] or len(parts)) if quantity["range"] else low
    between = ", " if quantity["between"] is None else quantity["between"]
    return Choice(tuple(map(_option, parts)), min(low, high), max(low, high), between)


def _option(pieces: tuple[Piece, ...]) -> Option:
    first = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    weight = WEIGHT.match(first)
    if weight is None:
        return Option(pieces)
    return Option(_joined([first[weight.end() :], *pieces[1:]]), float(weight[1]))


def _is_json(source: str) -> bool:
    if not re.match(r'\{\s*"', source):
        return False
    try:
        return isinstance(json.loads(source), dict)
    except (ValueError, RecursionError):
        return False


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """The pieces with neighbouring texts as one."""
    joined: list[Piece] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if any(texts):
            joined.append("".join(texts))
        texts = []
        joined.append(piece)
    if any(texts):
        joined.append("".join(texts))
    return tuple(joined)
