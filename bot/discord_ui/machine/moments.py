"""Moments as people type them: a time of day, or how long from now. Pure."""

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from bot.moderation.durations import read_duration

_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")


def read_moment(text: str, now: float, zone: tzinfo | None) -> float | None:
    """When "18:00" is next by the clocks in `zone` (None: those of this machine), or "2h" from now. None if the text is
    neither. Times are seconds since 1970.
    """
    if (clock := _CLOCK.fullmatch(text.strip())) is None:
        seconds = read_duration(text)
        return None if seconds is None else now + seconds
    try:
        wanted = time(int(clock[1]), int(clock[2]))
    except ValueError:
        return None
    here = datetime.fromtimestamp(now, UTC).astimezone(zone)
    for days in range(3):
        day = here.date() + timedelta(days=days)
        # Without a zone, Python reads it by this machine's clock.
        moment = datetime.combine(day, wanted, zone).timestamp()
        if moment > now:
            return moment
    return None
