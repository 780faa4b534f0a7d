"""The weekly digests: which are due, and a guild's week in figures, without names or prompts.

The database counts; its work grows with that week's jobs.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, cast, func, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import DAY_SECONDS, now
from bot.ledger.database.schema import DONE, GUILDS, JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.moderation.tables import AUDIT
from bot.ledger.spending.months import month_of
from bot.ledger.spending.reports import guild_costs, guild_month

_DAYS: Final = 7
_WEEK_SECONDS: Final = _DAYS * DAY_SECONDS
_TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days from `since` on (seconds since 1970).

    `pictures` counts images, made for `people` members, and `days` splits that count by day; `workflows` lists the most
    used workflows with their images. `waits` holds the median and the 90th percentile of the seconds from request to
    start (None: no jobs). `refused` counts refusals by kind: words, channel, limit, … `cost` is what the week's jobs
    cost, and `month_cost` what the month of its last day has cost so far, in millionths.
    """

    since: float
    pictures: int
    people: int
    days: tuple[int, ...]
    workflows: tuple[tuple[str, int], ...]
    waits: tuple[float, float] | None
    refused: Mapping[str, int]
    cost: int = 0
    month_cost: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """A guild whose week ended at `at` (seconds since 1970), and the channel for its digest."""

    guild_id: int
    channel_id: int
    at: float


class Digests:
    """The digests of all guilds that want one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self) -> tuple[Due, ...]:
        """The digests that are due. A missed week is sent late; of several missed weeks, only the last."""
        columns = GUILDS.c.guild_id, GUILDS.c.digest_channel, GUILDS.c.digest_at
        wanted = GUILDS.c.digest_channel.is_not(None), GUILDS.c.digest_at <= now()
        statement = select(*columns, now()).where(*wanted)
        rows = await self._database.transaction(lambda connection: connection.execute(statement).all())
        return tuple(
            Due(guild_id, channel_id, at + (asked_at - at) // _WEEK_SECONDS * _WEEK_SECONDS)
            for guild_id, channel_id, at, asked_at in rows
        )

    async def weeks(self, due: Due) -> tuple[Week, Week]:
        """The seven days before the (UTC) day on which the digest is due, and the seven days before those."""
        since = due.at // DAY_SECONDS * DAY_SECONDS - _WEEK_SECONDS
        return await self._database.transaction(
            lambda connection: (
                _week_of(connection, due.guild_id, since),
                _week_of(connection, due.guild_id, since - _WEEK_SECONDS),
            )
        )

    async def told(self, due: Due) -> None:
        """Schedule the next digest a week later, unless moderators have changed the schedule meanwhile."""
        same = GUILDS.c.guild_id == due.guild_id, GUILDS.c.digest_at <= due.at
        statement = update(GUILDS).where(*same).values(digest_at=due.at + _WEEK_SECONDS)
        await self._database.transaction(lambda connection: connection.execute(statement))


def _week_of(connection: Connection, guild_id: int, since: float) -> Week:
    """Count a guild's finished jobs and refusals of one week."""
    made = [DONE, JOBS.c.guild_id == guild_id, *_within(JOBS.c.finished_at, since)]
    jobs, pictures, people = connection.execute(
        select(func.count(), func.sum(JOBS.c.pictures), func.count(JOBS.c.user_id.distinct())).where(*made)
    ).one()
    return Week(
        since=since,
        pictures=int(pictures or 0),
        people=people,
        days=_days(connection, made, since),
        workflows=_workflows(connection, made),
        waits=(_wait(connection, made, jobs // 2), _wait(connection, made, jobs * 9 // 10)) if jobs else None,
        refused=_refused(connection, guild_id, since),
        cost=guild_costs(connection, guild_id, since, since + _WEEK_SECONDS),
        month_cost=guild_month(connection, guild_id, month_of(since + _WEEK_SECONDS - 1)),
    )


def _within(column: ColumnElement[Any], since: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= since, column < since + _DAYS * DAY_SECONDS


def _days(connection: Connection, made: list[ColumnElement[bool]], since: float) -> tuple[int, ...]:
    day = cast(func.floor((JOBS.c.finished_at - since) / DAY_SECONDS), Integer)
    rows = connection.execute(select(day, func.sum(JOBS.c.pictures)).where(*made).group_by(day))
    found = {number: int(pictures) for number, pictures in rows}
    return tuple(found.get(number, 0) for number in range(_DAYS))


def _workflows(connection: Connection, made: list[ColumnElement[bool]]) -> tuple[tuple[str, int], ...]:
    pictures = func.sum(JOBS.c.pictures)
    most = pictures.desc(), JOBS.c.workflow
    rows = connection.execute(
        select(JOBS.c.workflow, pictures).where(*made).group_by(JOBS.c.workflow).order_by(*most).limit(_TOP)
    )
    return tuple((name, int(count)) for name, count in rows)


def _wait(connection: Connection, made: list[ColumnElement[bool]], place: int) -> float:
    """The wait in seconds at this position, when all waits are sorted from the shortest on."""
    wait = func.coalesce(JOBS.c.begun_at, JOBS.c.started_at) - JOBS.c.created_at
    return float(connection.scalars(select(wait).where(*made).order_by(wait).offset(place).limit(1)).one())


def _refused(connection: Connection, guild_id: int, since: float) -> dict[str, int]:
    rows = connection.execute(
        select(AUDIT.c.detail, func.count())
        .where(AUDIT.c.guild_id == guild_id, AUDIT.c.act == "refused", *_within(AUDIT.c.at, since))
        .group_by(AUDIT.c.detail)
    )
    kinds: Counter[str] = Counter()
    for detail, count in rows:
        # "words: …" also names the rule, which only the log may show.
        kinds[detail.partition(":")[0]] += count
    return dict(kinds.most_common())
