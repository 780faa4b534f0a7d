"""Hours of the day in which a GPU is left alone. Pure; times are seconds since 1970."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_FORM: Final = "write it like 23:00-07:00 Europe/Berlin"
_WRITTEN: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s+(\S+)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end` every day, by the clocks in `zone`. They may last over midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def ends_at(self, now: float) -> float | None:
        """When the quiet hours end that it is now; None outside of them."""
        here = datetime.fromtimestamp(now, self.zone)
        clock = here.time().replace(fold=0)
        over_midnight = self.end < self.start
        if not (clock >= self.start or clock < self.end if over_midnight else self.start <= clock < self.end):
            return None
        day = here.date() + timedelta(days=1 if over_midnight and clock >= self.start else 0)
        # An hour that comes twice, when summer time ends: the end is in the same one as `now`.
        return datetime.combine(day, self.end, self.zone).replace(fold=here.fold).timestamp()

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M} {self.zone.key}"


def read_quiet_hours(text: str) -> QuietHours | None:
    """The hours; None for no text. Raises `ValueError`."""
    if not text:
        return None
    if (found := _WRITTEN.fullmatch(text)) is None:
        raise ValueError(_FORM)
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"hours go from 00:00 to 23:59; {_FORM}") from None
    if start == end:
        raise ValueError(f"they begin and end at the same time; {_FORM}")
    return QuietHours(start, end, read_zone(found[5]))


def read_zone(name: str) -> ZoneInfo:
    """A time zone by its name. Raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name} is no time zone; use a name like Europe/Berlin or UTC") from None
