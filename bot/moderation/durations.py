"""Durations and dates as people type them. Pure."""

import datetime as dt
import re
from typing import Final

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), _HOUR),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), 7 * _DAY),
    **dict.fromkeys(("mo", "month", "months"), 30 * _DAY),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 365 * _DAY),
}
_PART: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?|an?\b) ?([a-z]+)(?:,? and |, ?| )?")
_LONGEST: Final = 10 * 365 * _DAY
"""Seconds. A longer block might as well have no end, and Discord cannot show its date."""
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ABBREVIATED: Final = 3
"""The fewest letters of a weekday or a month."""
_STAMP: Final = re.compile(r"<t:(\d{1,12})(?::[a-z])?>")
"""A time as Discord writes it. People copy it from a message."""
_CLOCK: Final = re.compile(r"(?:^|,? )(?:at )?(?:(\d{1,2}):([0-5]\d)(?: ?([ap])\.?m\.?)?|(\d{1,2}) ?([ap])\.?m\.?)$")
_DATE: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)? ?([a-z]{3,9}|\d{1,2}(?=\.))\.?,?(?: ?(\d{4}))?")
_MONTH_FIRST: Final = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?( \d{4})?")
_EVENING: Final = 18 * _HOUR
"""When an evening or a night begins, after midnight."""
_MORNING: Final = 6 * _HOUR


def read_duration(text: str) -> float | None:
    """Seconds, for "30m", "2h", "7d", "1d 12h" or "1 month"; None where the text is no duration, or is zero or too
    long.
    """
    plain, place, seconds = " ".join(text.casefold().split()), 0, 0.0
    while place < len(plain):
        found = _PART.match(plain, place)
        if found is None or found[2] not in _UNITS:
            return None
        seconds += (1.0 if found[1].startswith("a") else float(found[1])) * _UNITS[found[2]]
        place = found.end()
    return seconds if 0 < seconds <= _LONGEST else None


def read_since(text: str, now: float) -> float | None:
    """When this began, in seconds since 1970: "2h" or "2 days ago", "yesterday", "last night", "monday 10pm", "14:30",
    "29 Nov", "2026-11-29" (all UTC), or a time that Discord shows; None where the text is none of these.
    """
    plain = " ".join(text.casefold().split()).removeprefix("since ").removeprefix("from ")
    seconds = read_duration(plain.removesuffix(" ago").removeprefix("last ").removeprefix("past "))
    if seconds is None and plain.startswith(("last ", "past ")):
        seconds = read_duration(f"1 {plain[5:]}")
    if seconds is not None:
        return now - seconds
    if (stamp := _STAMP.fullmatch(plain)) is not None:
        return float(stamp[1])
    if (begun := _named(plain, now)) is not None:
        return begun
    try:
        read = dt.datetime.fromisoformat(text.strip())
        return max(0.0, (read if read.tzinfo else read.replace(tzinfo=dt.UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _named(plain: str, now: float) -> float | None:
    """When a day with a name, a date, or a time of the day was last; all UTC."""
    midnight = now // _DAY * _DAY
    which, _space, part = plain.partition(" ")
    if plain == "tonight" or (which in {"this", "last"} and part in {"night", "evening"}):
        # After midnight it is still the same night.
        evening = midnight + _EVENING
        return evening if evening <= now and which != "last" else evening - _DAY
    if which == "this" and part == "morning":
        return midnight + _MORNING if midnight + _MORNING <= now else midnight
    if (clock := _CLOCK.search(plain)) is None:
        return _day(plain, now)
    hour, half = int(clock[1] or clock[4]), clock[3] or clock[5]
    if half is not None:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock's face
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23:  # noqa: PLR2004 - the last hour of a day
        return None
    seconds = hour * _HOUR + int(clock[2] or 0) * _MINUTE
    if not clock.start():
        return midnight + seconds if midnight + seconds <= now else midnight + seconds - _DAY
    day = _day(plain[: clock.start()], now)
    if day is None or day + seconds <= now:
        return None if day is None else day + seconds
    # A weekday's hour that is still to come: the one a week before.
    return day + seconds - (7 * _DAY if _place(plain[: clock.start()], _DAYS) is not None else 0.0)


def _day(plain: str, now: float) -> float | None:
    """When a day began."""
    midnight = now // _DAY * _DAY
    plain = plain.removeprefix("last ").removeprefix("on ")
    if plain in {"today", "midnight"}:
        return midnight
    if plain == "yesterday":
        return midnight - _DAY
    today = dt.datetime.fromtimestamp(now, dt.UTC)
    if (weekday := _place(plain, _DAYS)) is not None:
        return midnight - (today.weekday() - weekday) % 7 * _DAY
    day, month, year = _parts_of_date(plain)
    try:
        begun = dt.datetime(year or today.year, month, day, tzinfo=dt.UTC)
        return (begun if year or begun <= today else begun.replace(year=today.year - 1)).timestamp()
    except ValueError:
        return None


def _parts_of_date(plain: str) -> tuple[int, int, int]:
    """Day, month and year of "29 Nov", "Nov 29" or "29.11.2026". What is missing is 0."""
    if (found := _DATE.fullmatch(plain)) is not None:
        day, month, year = found.groups()
    elif (found := _MONTH_FIRST.fullmatch(plain)) is not None:
        month, day, year = found.groups()
    else:
        return 0, 0, 0
    place = _place(month, _MONTHS)
    return int(day), int(month) if month.isdecimal() else 0 if place is None else place + 1, int(year or 0)


def _place(name: str, names: tuple[str, ...]) -> int | None:
    """Which of the names this is, in full or abbreviated."""
    given = name.removesuffix(".")
    if len(given) < _ABBREVIATED:
        return None
    return next((place for place, full in enumerate(names) if full.startswith(given)), None)
