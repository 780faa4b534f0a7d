"""A guild's week in figures, without names or prompts. The database counts; its work grows with that week's jobs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.engine import Connection

from bot.ledger.database.case_tables import AUDIT
from bot.ledger.database.dialects import DAY_SECONDS
from bot.ledger.database.schema import DONE, JOBS

DAYS: Final = 7
_TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days from `since` on (seconds since 1970).

    `pictures` counts images, made for `people` members, and `days` splits that count by day; `workflows` lists the most
    used workflows with their images. `waits` holds the median and the 90th percentile of the seconds from request to
    start (None: no jobs). `refused` counts refusals by kind: words, channel, limit, …
    """

    since: float
    pictures: int
    people: int
    days: tuple[int, ...]
    workflows: tuple[tuple[str, int], ...]
    waits: tuple[float, float] | None
    refused: Mapping[str, int]


def week_of(connection: Connection, guild_id: int, since: float) -> Week:
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
    )


def _within(column: ColumnElement[Any], since: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= since, column < since + DAYS * DAY_SECONDS


def _days(connection: Connection, made: list[ColumnElement[bool]], since: float) -> tuple[int, ...]:
    day = cast(func.floor((JOBS.c.finished_at - since) / DAY_SECONDS), Integer)
    rows = connection.execute(select(day, func.sum(JOBS.c.pictures)).where(*made).group_by(day))
    found = {number: int(pictures) for number, pictures in rows}
    return tuple(found.get(number, 0) for number in range(DAYS))


def _workflows(connection: Connection, made: list[ColumnElement[bool]]) -> tuple[tuple[str, int], ...]:
    pictures = func.sum(JOBS.c.pictures)
    most = pictures.desc(), JOBS.c.workflow
    rows = connection.execute(
        select(JOBS.c.workflow, pictures).where(*made).group_by(JOBS.c.workflow).order_by(*most).limit(_TOP)
    )
    return tuple((name, int(count)) for name, count in rows)


def _wait(connection: Connection, made: list[ColumnElement[bool]], place: int) -> float:
    """The wait in seconds at this position, when all waits are sorted from the shortest on."""
    wait = JOBS.c.started_at - JOBS.c.created_at
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
