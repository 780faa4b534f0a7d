"""The last wall before text is written where people read it: secrets are masked, and nothing in it moves a cursor.

What is known to be secret never comes here by design (an address has no password in its text, a library says nothing
at DEBUG). This is for what was not thought of: an exception's words, a line of another program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
_SHORTEST: Final = 6
"""Characters. A shorter password is also a word, which would be masked everywhere; only the patterns find it."""

# Each takes a time that grows with the text and no faster: repeats are bounded, or end where the next match begins.
_PATTERNS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # What stands between :// and @, but for our own examples. A DATABASE_URL may have anything but @ in there.
        (r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)(?!user:password@)[^\s/?#\"'<>]{1,1000}@", rf"\1{MASK}@"),
        (r"(?i)\b((?:postgres(?:ql)?|mysql)[a-z0-9+]{0,20}://)(?!user:password@)[^\s@\"'<>]{1,300}@", rf"\1{MASK}@"),
        # Discord's tokens: of an interaction or a webhook in a path, of an interaction by itself, of the bot.
        (r"(/(?:webhooks|interactions)/\d{1,20}/)[^\s/?#\"'<>]{1,1000}", rf"\1{MASK}"),
        (r"\baW50ZXJhY3Rpb246[\w+/=-]{8,1000}", MASK),
        (r"\b[A-Za-z0-9_-]{20,40}\.[A-Za-z0-9_-]{5,10}\.[A-Za-z0-9_-]{20,60}", MASK),
        # `{"token": "…"}`, `?token=…`, `--api-key …`, `password=…`.
        (
            r"(?i)([\"'](?:(?:\w{1,20}_)?(?:token|password|secret|authorization)|api_?key)[\"']\s{0,5}[:,]\s{0,5}[\"'])[^\"']{1,2000}",
            rf"\1{MASK}",
        ),
        (
            r"(?i)((?:token|password|passwd|secret|api[_-]?key|signature)\s{0,5}=\s{0,5})[^\s&#\"'<>]{1,2000}",
            rf"\1{MASK}",
        ),
        (r"(?i)(--[a-z-]{0,30}(?:token|password|secret|api-key)\s{1,5})[^\s\"']{1,2000}", rf"\1{MASK}"),
        (r"\b((?:[Bb]asic|[Bb]earer|Bot)\s{1,5})[A-Za-z0-9._~+/-]{16,2000}=*", rf"\1{MASK}"),
        # PostgreSQL repeats a whole row, line breaks and all, to say what is wrong with one of its columns.
        (r"(?s)(\bFailing row contains )\(.*", rf"\1({MASK})."),
    )
)
_UNSAFE: Final = re.compile(
    # Control characters (C0, DEL, C1), line ends of Unicode, marks that turn the reading direction round, halves of
    # characters that no encoding can write.
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Redaction:
    """Masks `secrets` wherever they stand, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one may be a part of another.
        known = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def printable(text: str, kept: str = "\n\t") -> str:
    r"""The text with every character spelled out (`\x1b`) that does anything but stand there, but for those `kept`."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], text)
