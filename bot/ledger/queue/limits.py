"""How much a member may request: their roles' limits, and what they have used."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.engine import Connection

from bot.errors import LimitReached
from bot.ledger.database.dialects import DAY_SECONDS, lock_guild, now, put
from bot.ledger.database.schema import COUNTED, IN_LINE, JOBS, LIMITS
from bot.ledger.jobs import Allowance, NewJob


@dataclass(frozen=True, slots=True)
class RoleLimits:
    """A guild's limits for a role. The role with the guild's own id is @everyone. None: no limit set."""

    guild_id: int
    role_id: int
    queued: int | None = None
    daily: int | None = None
    weight: float | None = None
    lane: int | None = None
    pixels: int | None = None
    steps: int | None = None
    pictures: int | None = None


def most_generous(said: Iterable[RoleLimits]) -> Allowance:
    """For each limit, the best value among a member's roles. There is no limit if no role sets one."""
    roles = tuple(said)

    def most(of: Callable[[RoleLimits], int | None]) -> int | None:
        return max((limit for role in roles if (limit := of(role)) is not None), default=None)

    return Allowance(
        queued=most(lambda role: role.queued),
        daily=most(lambda role: role.daily),
        weight=max((role.weight for role in roles if role.weight is not None), default=1.0),
        lane=min((role.lane for role in roles if role.lane is not None), default=0),
        pixels=most(lambda role: role.pixels),
        steps=most(lambda role: role.steps),
        pictures=most(lambda role: role.pictures),
    )


def read_limits(connection: Connection, guild_id: int) -> tuple[RoleLimits, ...]:
    """A guild's limits for all of its roles."""
    rows = connection.execute(select(LIMITS).where(LIMITS.c.guild_id == guild_id).order_by(LIMITS.c.role_id))
    return tuple(RoleLimits(*row) for row in rows)


def write_limits(connection: Connection, limits: RoleLimits) -> None:
    """Replace a guild's limits for a role."""
    said = {column: getattr(limits, column) for column in RoleLimits.__dataclass_fields__}
    key = {column: said.pop(column) for column in ("guild_id", "role_id")}
    put(connection, LIMITS, key, said)


def check_limits(connection: Connection, new: NewJob, allowance: Allowance) -> None:
    """Raise `LimitReached` if the job would exceed a limit. The caller holds the user's lock."""
    if allowance.queued is not None and waiting(connection, new.user_id, new.guild_id) >= allowance.queued:
        raise LimitReached("queued", allowance.queued, None)
    if allowance.daily is not None:
        free_at = _free_at(connection, new, allowance.daily)
        if free_at is not None:
            raise LimitReached("daily", allowance.daily, free_at)
    if allowance.guild_queued is not None and new.guild_id is not None:
        # Last, so that nothing else is asked while the guild is locked.
        lock_guild(connection, new.guild_id)
        if waiting_in(connection, new.guild_id) >= allowance.guild_queued:
            raise LimitReached("guild_queued", allowance.guild_queued, None)


def waiting(connection: Connection, user_id: int, guild_id: int | None) -> int:
    """How many jobs of a member wait in a guild."""
    return connection.scalar(select(func.count()).where(IN_LINE, *_of(user_id, guild_id))) or 0


def waiting_in(connection: Connection, guild_id: int) -> int:
    """How many jobs of all members wait in a guild."""
    return connection.scalar(select(func.count()).where(IN_LINE, JOBS.c.guild_id == guild_id)) or 0


def made_today(connection: Connection, user_id: int, guild_id: int | None) -> int:
    """How many images a member has requested in a guild in the last 24 hours, except failed and cancelled ones."""
    today = JOBS.c.created_at > now() - DAY_SECONDS
    statement = select(func.coalesce(func.sum(JOBS.c.pictures), 0)).where(COUNTED, today, *_of(user_id, guild_id))
    return int(connection.scalar(statement) or 0)


def _free_at(connection: Connection, new: NewJob, daily: int) -> float | None:
    """When the daily limit allows the job's images (seconds since 1970); None: now; infinity: never."""
    too_many = made_today(connection, new.user_id, new.guild_id) + new.pictures - daily
    if too_many <= 0:
        return None
    today = JOBS.c.created_at > now() - DAY_SECONDS
    oldest_first = (
        select(JOBS.c.created_at, JOBS.c.pictures)
        .where(COUNTED, today, *_of(new.user_id, new.guild_id))
        .order_by(JOBS.c.created_at)
    )
    for created_at, pictures in connection.execute(oldest_first):
        too_many -= pictures
        if too_many <= 0:
            return float(created_at) + DAY_SECONDS
    return float("inf")


def _of(user_id: int, guild_id: int | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return JOBS.c.user_id == user_id, JOBS.c.guild_id.is_not_distinct_from(guild_id)
