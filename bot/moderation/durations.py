"""Durations and dates as people type them. Pure."""

import datetime as dt
import re
from typing import Final

_UNITS: Final = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_WORDS: Final = frozenset(
    {"m", "min", "mins", "minute", "minutes", "h", "hr", "hrs", "hour", "hours"}
    | {"d", "day", "days", "w", "week", "weeks"}
)
_PART: Final = re.compile(r"(\d{1,6}) ?([a-z]+) ?")
_LONGEST: Final = 10 * 365 * 86400.0
"""Seconds. A longer block might as well have no end, and Discord cannot show its date."""


def read_duration(text: str) -> float | None:
    """Seconds, for "30m", "2h", "7d" or "1d 12h"; None where the text is no duration, or is zero or too long."""
    plain, place, seconds = " ".join(text.casefold().split()), 0, 0.0
    while place < len(plain):
        found = _PART.match(plain, place)
        if found is None or found[2] not in _WORDS:
            return None
        seconds += int(found[1]) * _UNITS[found[2][0]]
        place = found.end()
    return seconds if 0 < seconds <= _LONGEST else None


def read_since(text: str, now: float) -> float | None:
    """When "2h" (ago) or "2026-11-29" (UTC) began, in seconds since 1970; None where the text is neither."""
    seconds = read_duration(text)
    if seconds is not None:
        return now - seconds
    try:
        return max(0.0, dt.datetime.fromisoformat(text.strip()).replace(tzinfo=dt.UTC).timestamp())
    except (ValueError, OverflowError):
        return None
