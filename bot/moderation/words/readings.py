"""The ways in which one prompt can be read: a program that draws may drop signs that a person sees, and the other way
round. Pure, and linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.moderation.words.plain_letters import fold, has_blanks

_WEIGHT: Final = re.compile(r":\s{0,2}[+-]?\d{0,4}(?:\.\d{0,6})?\s{0,2}(?=[)\]])")
"""A weight as ComfyUI reads it, `(word:1.2)`."""
_CHOICE: Final = re.compile(r"[\[{]([^\[\]{}]*)[\]}]")
"""`[one|other]`: nodes of others draw one after the other. The bot's own `{one|other}` is drawn before."""
_MOST_CHOICES: Final = 4
"""Readings in which the first, the second, … of each choice is taken."""
_BREAK: Final = re.compile(r"\bBREAK\b")
"""Many encoders take this word for a separator."""
_JOINED: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a new word begins in names like NudeStyle, which files often have."""


def readings(text: str) -> tuple[str, ...]:
    """The text in plain letters, in each of these ways, without repetition."""
    found: dict[str, None] = {}
    for one in dict.fromkeys((text, _BREAK.sub(" ", text), _JOINED.sub(" ", text))):
        for blank in ("", " ") if has_blanks(one) else ("",):
            plain = _WEIGHT.sub("", fold(one, blank))
            found[plain] = None
            found.update(dict.fromkeys(_chosen(plain)))
    return tuple(found)


def _chosen(plain: str) -> Iterator[str]:
    most = max((len(one.split("|")) for one in _CHOICE.findall(plain)), default=1)
    for number in range(min(most, _MOST_CHOICES) if most > 1 else 0):
        yield _CHOICE.sub(lambda found, number=number: _taken(found, number), plain)  # type: ignore[misc]


def _taken(found: re.Match[str], number: int) -> str:
    parts = found[1].split("|")
    return found[0] if len(parts) == 1 else parts[min(number, len(parts) - 1)]
