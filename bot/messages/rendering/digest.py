"""The weekly digest of a guild for its moderators."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from bot.ledger import Week
from bot.messages.rendering.errors.held_reasons import refusals_counted
from bot.messages.rendering.quoted_text import shown_prompt
from bot.messages.rendering.rendered import Attachment, Rendered
from bot.money import shown
from bot.pictures.sheets.font import can_draw
from bot.translation import N_, _, listed, localized, ngettext, shown_number

_MONTHS: Final = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June")),
    *(N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)
_DAYS: Final = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))

_LONGEST_TITLE: Final = 60
_MINUTE, _HOUR = 60, 3600


def render_digest(week: Week, before: Week, titles: Mapping[str, str], plot: bytes) -> Rendered:
    """Render the digest. `titles` are the workflows' titles by name; `plot` is a PNG with the images per day."""
    lines = [digest_heading(week), *_made(week, before)]
    if week.waits is not None:
        half, most = map(_duration, week.waits)
        lines.append(_("Half of them started within {half}, nine in ten within {most}.").format(half=half, most=most))
    if week.workflows:
        used = [
            f"{shown_prompt(titles[name], _LONGEST_TITLE)} ({shown_number(count)})" for name, count in week.workflows
        ]
        lines.append(_("Most used: {workflows}").format(workflows=" · ".join(used)))
    lines.append(_refused(week.refused))
    if week.cost or before.cost or week.month_cost:
        lines.append(_spent(week, before))
    lines.append(f"-# {_('`/moderate digest` changes the channel or turns this off.')}")
    if plot_legend() is None:
        lines.insert(-1, f"-# {_('In the chart, bars are this week and lines the week before.')}")
    days = listed(f"{name} {count}" for name, count in zip(day_names(week), week.days, strict=True))
    told = _("Images a day: {days}").format(days=days)
    return Rendered("\n".join(lines), (), (Attachment("week.png", plot, description=told),))


def digest_heading(week: Week) -> str:
    """The first line, which identifies the digest of a week."""
    first, last = _date(week.since), _date(week.since) + dt.timedelta(days=len(week.days) - 1)
    return _("📊 **Week of {first} to {last}**").format(first=_shown(first), last=_shown(last))


def day_names(week: Week) -> tuple[str, ...]:
    """The short names of the week's days, in order."""
    first = _date(week.since)
    return tuple(_(_DAYS[(first + dt.timedelta(days=number)).weekday()]) for number in range(len(week.days)))


def plot_labels(week: Week) -> tuple[str, ...]:
    """The days under the bars of the plot: their names, or their numbers where its font has no such signs."""
    names, first = day_names(week), _date(week.since)
    if all(map(can_draw, names)):
        return names
    return tuple(str((first + dt.timedelta(days=number)).day) for number in range(len(week.days)))


def plot_legend() -> tuple[str, str] | None:
    """What the plot calls its bars and its lines; None where its font has no such signs, and the message says it."""
    words = _("images per day"), _("the week before")
    return words if all(map(can_draw, words)) else None


def plot_number(number: int) -> str:
    """A number as the plot writes it: its font has no narrow spaces."""
    return shown_number(number).replace("\N{NARROW NO-BREAK SPACE}", " ")


def _made(week: Week, before: Week) -> list[str]:
    if not week.pictures:
        none = _("No images were made ({before} in the week before).")
        return [none.format(before=shown_number(before.pictures))]
    what = ngettext("**{count}** image", "**{count}** images", week.pictures).format(count=shown_number(week.pictures))
    whom = ngettext("**{count}** member", "**{count}** members", week.people).format(count=shown_number(week.people))
    made = _("{images} for {members} ({before} for {before_members} in the week before).")
    told = {"before": shown_number(before.pictures), "before_members": shown_number(before.people)}
    return [made.format(images=what, members=whom, **told)]


def _refused(refused: Mapping[str, int]) -> str:
    if not refused:
        return _("Nothing was refused.")
    kinds = listed(f"{refusals_counted(kind)} {shown_number(count)}" for kind, count in refused.items())
    told = _("Refused: {count} ({kinds}). `/moderate log` lists them.")
    return told.format(count=shown_number(sum(refused.values())), kinds=kinds)


def _spent(week: Week, before: Week) -> str:
    told = _("Paid servers: **{cost}** this week ({before} in the week before), {month_cost} in {month} so far.")
    last = _date(week.since) + dt.timedelta(days=len(week.days) - 1)
    return told.format(
        cost=localized(shown(week.cost)),
        before=localized(shown(before.cost)),
        month_cost=localized(shown(week.month_cost)),
        month=_month(last),
    )


def _date(at: float) -> dt.date:
    return dt.datetime.fromtimestamp(at, dt.UTC).date()


def _shown(day: dt.date) -> str:
    return _("{day} {month}").format(day=day.day, month=_month(day))


def _month(day: dt.date) -> str:
    return _(_MONTHS[day.month - 1])


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return _("{seconds} s").format(seconds=max(1, round(seconds)))
    if seconds < _HOUR:
        return _("{minutes} min").format(minutes=round(seconds / _MINUTE))
    return _("{hours} h").format(hours=shown_number(seconds / _HOUR, 1))
