"""What was spent, for the people who run the bot."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import add_unless_there, now
from bot.ledger.database.inspection import inspect_ledger
from bot.ledger.database.schema import JOBS
from bot.ledger.database.server_tables import SERVERS
from bot.ledger.database.transactions import Database
from bot.ledger.jobs import JobState
from bot.ledger.servers.servers import BUDGET
from bot.ledger.spending.bills import book_left
from bot.ledger.spending.budget import Left, spent_and_reserved, what_is_left
from bot.ledger.spending.months import month_of, next_month
from bot.ledger.spending.tables import BUDGETS, SPENDING


@dataclass(frozen=True, slots=True)
class Cost:
    """What `runs` of jobs cost together, in millionths."""

    runs: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True)
class MonthCosts:
    """A month (like `2026-11`, UTC), by guild (0: direct messages), by server and by workflow. `reserved` is what jobs
    that are at work now should cost.
    """

    month: str
    total: Cost
    guilds: Mapping[int, Cost]
    servers: Mapping[str, Cost]
    workflows: Mapping[str, Cost]
    reserved: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What the current month has cost so far. `held`: a server takes no jobs because the rest of the budget is too
    little for them, or a job waits because it is too little for its partner nodes. `told`: up to how many percent of
    `told_limit` the operators have been told.
    """

    month: str
    cost: int
    held: bool
    told: int
    told_limit: int | None

    def is_news(self, percent: int, limit: int) -> bool:
        """Whether they do not know yet that so much of this limit is spent. A lower limit is no news: another process
        may have that one.
        """
        return percent > 0 and (percent > self.told or (self.told_limit is not None and self.told_limit < limit))


class Spending:
    """The costs of all months. Methods raise `LedgerAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def month(self, month: str | None = None) -> MonthCosts:
        """The costs of a month; None: of this one."""
        return await self._database.transaction(lambda connection: month_costs(connection, month))

    async def left(self, limit: int) -> Left:
        """What is left of this month's limit."""
        return await self._database.transaction(lambda connection: what_is_left(connection, limit))

    async def spent(self, limit: int | None) -> Spent:
        """The current month, and what its limit holds. Books what nobody has booked yet."""

        def read(connection: Connection) -> Spent:
            book_left(connection)
            clock = connection.scalars(select(now())).one()
            month = month_of(clock)
            held = SERVERS.c.rest == BUDGET, SERVERS.c.rest_until == next_month(clock), SERVERS.c.lease_until > now()
            known = select(BUDGETS.c.told, BUDGETS.c.told_limit).where(BUDGETS.c.month == month)
            told, told_limit = connection.execute(known).one_or_none() or (0, None)
            cost = spent_and_reserved(connection, month)[0]
            holds = select(exists().where(*held))
            if limit is not None:
                waits = JOBS.c.state == JobState.QUEUED, JOBS.c.partner_price > limit - cost
                holds = select(or_(exists().where(*held), exists().where(*waits)))
            return Spent(month, cost, bool(connection.scalar(holds)), told, told_limit)

        return await self._database.transaction(read)

    async def tell(self, month: str, percent: int, limit: int) -> bool:
        """The operators are about to be told that so much of this limit is spent. False if they know, from this process
        or another.
        """

        def write(connection: Connection) -> bool:
            add_unless_there(connection, BUDGETS, month=month, told=0)
            fresh = or_(BUDGETS.c.told < percent, BUDGETS.c.told_limit < limit)
            known = update(BUDGETS).where(BUDGETS.c.month == month, fresh)
            return connection.execute(known.values(told=percent, told_limit=limit)).rowcount > 0

        return await self._database.transaction(write)


async def read_costs(database_url: str, month: str | None) -> MonthCosts | None:
    """The costs of a month, without changing anything; None if the database has none of this version's tables. Raises
    `LedgerAway`.
    """
    facts = await inspect_ledger(database_url)
    if facts.revision != facts.head:
        return None
    database = Database.at(database_url)
    try:
        return await Spending(database).month(month)
    finally:
        await database.close()


def month_costs(connection: Connection, month: str | None) -> MonthCosts:
    """The costs of a month; None: of this one."""
    current = month_of(connection.scalars(select(now())).one())
    month = month or current
    of_month = SPENDING.c.month == month
    runs, cost = func.sum(SPENDING.c.runs), func.sum(SPENDING.c.cost)

    def by(name: str) -> dict[object, Cost]:
        column = SPENDING.c[name]
        rows = connection.execute(
            select(column, runs, cost).where(of_month).group_by(column).order_by(cost.desc(), column)
        )
        return {key: Cost(int(count), int(amount)) for key, count, amount in rows}

    servers = {str(server): one for server, one in by("server").items()}
    return MonthCosts(
        month,
        Cost(sum(one.runs for one in servers.values()), sum(one.cost for one in servers.values())),
        {int(str(guild)): one for guild, one in by("guild_id").items()},
        servers,
        {str(workflow): one for workflow, one in by("workflow").items()},
        spent_and_reserved(connection, month)[1] if month == current else 0,
    )


def guild_costs(connection: Connection, guild_id: int, since: float, until: float) -> int:
    """What a guild's jobs cost that ended between these moments (seconds since 1970), as far as they are kept."""
    ended = JOBS.c.guild_id == guild_id, JOBS.c.finished_at >= since, JOBS.c.finished_at < until
    return int(connection.scalar(select(func.coalesce(func.sum(JOBS.c.charged), 0)).where(*ended)) or 0)


def guild_month(connection: Connection, guild_id: int, month: str) -> int:
    """What a guild has spent in a month."""
    own = SPENDING.c.guild_id == guild_id, SPENDING.c.month == month
    return int(connection.scalar(select(func.coalesce(func.sum(SPENDING.c.cost), 0)).where(*own)) or 0)
