"""The last check before text reaches a log or a terminal: masks secrets, and spells out control characters.

By design, known secrets never get here: an address holds no password in its text, and libraries do not log at DEBUG.
This catches what nobody thought of, such as the text of an exception or a line of another program's output.
"""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
_SHORTEST: Final = 6
"""Characters. A shorter password may be an ordinary word, which would be masked everywhere; patterns still find it."""

# Each takes time linear in the text: repeats are bounded, or end where the next match begins.
_PATTERNS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # A login between :// and @, except our own examples. A DATABASE_URL may have anything but @ in there.
        (r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)(?!user:password@)[^\s/?#\"'<>]{1,1000}@", rf"\1{MASK}@"),
        (r"(?i)\b((?:postgres(?:ql)?|mysql)[a-z0-9+]{0,20}://)(?!user:password@)[^\s@\"'<>]{1,300}@", rf"\1{MASK}@"),
        # Discord's tokens: an interaction's or a webhook's in a path, an interaction's by itself, the bot's.
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
        # PostgreSQL repeats a whole row, line breaks included, to report a fault in one of its columns.
        (r"(?s)(\bFailing row contains )\(.*", rf"\1({MASK})."),
    )
)
_UNSAFE: Final = re.compile(
    # Control characters (C0, DEL, C1), Unicode line separators, marks that change the reading direction, and lone
    # surrogates, which no encoding can write.
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Redaction:
    """Masks `secrets` wherever they appear, and everything that looks like a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first, because one may be part of another.
        known = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(MASK, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def printable(text: str, kept: str = "\n\t") -> str:
    r"""The text with every control character, except those `kept`, spelled out (`\x1b`)."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] in kept else ascii(found[0])[1:-1], text)
