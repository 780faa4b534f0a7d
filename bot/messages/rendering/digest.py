"""A guild's week, as its moderators read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from bot.ledger import Week
from bot.messages.rendering.job_rendering import Attachment, Rendered
from bot.messages.rendering.quoted_text import shown_prompt

_LONGEST_TITLE: Final = 60
_MINUTE, _HOUR = 60, 3600


def render_digest(week: Week, before: Week, titles: Mapping[str, str], plot: bytes) -> Rendered:
    """`titles` are those of the workflows by name; `plot` is a PNG of the pictures by day."""
    lines = [digest_heading(week), *_made(week, before)]
    if week.waits is not None:
        half, most = map(_duration, week.waits)
        lines.append(f"Half of them began within {half} of the order, nine of ten within {most}.")
    if week.workflows:
        used = [f"{shown_prompt(titles[name], _LONGEST_TITLE)} ({count:,})" for name, count in week.workflows]
        lines.append(f"Most used: {' · '.join(used)}")
    lines.append(_refused(week.refused))
    lines.append("-# `/moderate digest` changes where this comes, or ends it.")
    days = ", ".join(f"{name} {count}" for name, count in zip(day_names(week), week.days, strict=True))
    return Rendered("\n".join(lines), (), (Attachment("week.png", plot, f"Pictures a day: {days}"),))


def digest_heading(week: Week) -> str:
    """The first line, by which the digest of a week is known."""
    first, last = _date(week.since), _date(week.since) + dt.timedelta(days=len(week.days) - 1)
    return f"📊 **The week from {_shown(first)} to {_shown(last)}**"


def day_names(week: Week) -> tuple[str, ...]:
    """Of the days of the week, as they follow each other."""
    first = _date(week.since)
    return tuple(f"{first + dt.timedelta(days=number):%a}" for number in range(len(week.days)))


def _made(week: Week, before: Week) -> list[str]:
    if not week.pictures:
        return [f"No pictures were made ({before.pictures:,} in the week before)."]
    what = "picture" if week.pictures == 1 else "pictures"
    whom = "1 member" if week.people == 1 else f"{week.people:,} members"
    than = f"{before.pictures:,} for {before.people:,} in the week before"
    return [f"**{week.pictures:,}** {what} for **{whom}** ({than})."]


def _refused(refused: Mapping[str, int]) -> str:
    if not refused:
        return "Nothing was refused."
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in refused.items())
    return f"Refused: {sum(refused.values()):,} ({kinds}). `/moderate log` has them one by one."


def _date(at: float) -> dt.date:
    return dt.datetime.fromtimestamp(at, dt.UTC).date()


def _shown(day: dt.date) -> str:
    return f"{day.day} {day:%B}"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h"
