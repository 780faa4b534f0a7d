"""The weekly digest of a guild for its moderators."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from bot.ledger import Week
from bot.messages.rendering.quoted_text import shown_prompt
from bot.messages.rendering.rendered import Attachment, Rendered
from bot.translation import _, ngettext

_LONGEST_TITLE: Final = 60
_MINUTE, _HOUR = 60, 3600


def render_digest(week: Week, before: Week, titles: Mapping[str, str], plot: bytes) -> Rendered:
    """Render the digest. `titles` are the workflows' titles by name; `plot` is a PNG with the images per day."""
    lines = [digest_heading(week), *_made(week, before)]
    if week.waits is not None:
        half, most = map(_duration, week.waits)
        lines.append(_("Half of them started within {half}, nine in ten within {most}.").format(half=half, most=most))
    if week.workflows:
        used = [f"{shown_prompt(titles[name], _LONGEST_TITLE)} ({count:,})" for name, count in week.workflows]
        lines.append(_("Most used: {workflows}").format(workflows=" · ".join(used)))
    lines.append(_refused(week.refused))
    lines.append(f"-# {_('`/moderate digest` changes the channel or turns this off.')}")
    days = ", ".join(f"{name} {count}" for name, count in zip(day_names(week), week.days, strict=True))
    told = _("Images a day: {days}").format(days=days)
    return Rendered("\n".join(lines), (), (Attachment("week.png", plot, description=told),))


def digest_heading(week: Week) -> str:
    """The first line, which identifies the digest of a week."""
    first, last = _date(week.since), _date(week.since) + dt.timedelta(days=len(week.days) - 1)
    return _("📊 **Week of {first} to {last}**").format(first=_shown(first), last=_shown(last))


def day_names(week: Week) -> tuple[str, ...]:
    """The short names of the week's days, in order."""
    first = _date(week.since)
    return tuple(f"{first + dt.timedelta(days=number):%a}" for number in range(len(week.days)))


def _made(week: Week, before: Week) -> list[str]:
    if not week.pictures:
        none = _("No images were made ({before} in the week before).")
        return [none.format(before=f"{before.pictures:,}")]
    what = ngettext("**{count}** image", "**{count}** images", week.pictures).format(count=f"{week.pictures:,}")
    whom = ngettext("**{count}** member", "**{count}** members", week.people).format(count=f"{week.people:,}")
    made = _("{images} for {members} ({before} for {before_members} in the week before).")
    told = {"before": f"{before.pictures:,}", "before_members": f"{before.people:,}"}
    return [made.format(images=what, members=whom, **told)]


def _refused(refused: Mapping[str, int]) -> str:
    if not refused:
        return _("Nothing was refused.")
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in refused.items())
    told = _("Refused: {count} ({kinds}). `/moderate log` lists them.")
    return told.format(count=f"{sum(refused.values()):,}", kinds=kinds)


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
