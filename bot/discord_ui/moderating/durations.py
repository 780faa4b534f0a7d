"""How long something is to last, as people write it. Pure."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_PART: Final = re.compile(r"(\d{1,6})\s*([mhdw])[a-z]*")
_WHOLE: Final = re.compile(r"(?:\s*\d{1,6}\s*(?:m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*)+")
_LONGEST: Final = 10 * 365 * 86400.0
"""Seconds. Whatever is longer is for ever in all but name, and past what Discord can show as a date."""


def read_duration(text: str) -> float | None:
    """Seconds, for “30m”, “2h”, “7d” or “1d 12h”; None for what is no time, or none that makes sense."""
    plain = text.strip().casefold()
    if not _WHOLE.fullmatch(plain):
        return None
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(plain))
    return seconds if 0 < seconds <= _LONGEST else None
