"""The month's budget: what is left of it, asked by each claim that needs a share.

A claim reserves what its job should cost. Claims that share a limit run one after the other (they lock the month's
row), so that workers on several machines never share out the same money twice.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, bindparam, case, func, or_, select
from sqlalchemy.engine import Connection

from bot.ledger.database.dialects import add_unless_there, now
from bot.ledger.database.schema import JOBS
from bot.ledger.spending.months import month_of, next_month
from bot.ledger.spending.tables import BUDGETS, SPENDING


@dataclass(frozen=True, slots=True)
class Purse:
    """What a server's jobs cost: `price` for a second (None: nothing), and the month's `limit` (None: none).

    `lacked` is what the last claim lacked the money for; None: it lacked none.
    """

    price: Decimal | None
    limit: int | None = None
    lacked: int | None = None


FREE: Final = Purse(None)
_SHARE: Final = bindparam("to_reserve", type_=BigInteger())
RESERVED: Final = case((JOBS.c.server == bindparam("here"), func.coalesce(_SHARE, JOBS.c.reserved)), else_=_SHARE)
"""What a claim reserves: its share, by what is known now. If the same server may have begun the job when it still had a
price, what was reserved stays.
"""
AFFORDABLE: Final = or_(JOBS.c.partner_price.is_(None), JOBS.c.partner_price <= bindparam("for_partners"))
"""Jobs whose partner nodes the rest of the budget pays for."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """A claim's answer: what is left of the month's budget does not pay for the next job (`cost`) `until` then (seconds
    since 1970).
    """

    until: float
    cost: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is `left` of a month's limit, `reserved` for jobs at work already taken off. None: there is no limit."""

    until: float = 0.0
    left: int | None = None
    reserved: int = 0

    @property
    def for_partners(self) -> int:
        """The most that partner nodes of a job may cost."""
        return 2**62 if self.left is None else max(0, self.left)

    def pays(self, cost: int, *, measured: bool) -> bool:
        """Whether there is enough for a job of this cost. If nobody has `measured` such a job yet, its cost is only a
        guess, and it may run alone on whatever is left.
        """
        if self.left is None or not cost or cost <= self.left:
            return True
        return not measured and not self.reserved and self.left > 0

    def over(self, cost: int, *, measured: bool) -> OverBudget | None:
        """Whether there will be too little for it even if what is at work costs nothing. Otherwise its turn may come
        this month.
        """
        if self.left is None or not cost:
            return None
        room = self.left + self.reserved
        return None if room > 0 and (not measured or cost <= room) else OverBudget(self.until, cost)

    def still_over(self, purse: Purse) -> OverBudget | None:
        """The same for a server that has nobody waiting, for the cost of the last job that was too expensive."""
        return None if purse.price is None else self.over(purse.lacked or 1, measured=purse.lacked is not None)


def open_budget(connection: Connection, limit: int | None) -> Left:
    """What is left, in a transaction that keeps other claims waiting until it ends."""
    if limit is None:
        return Left()
    month = month_of(connection.scalars(select(now())).one())
    add_unless_there(connection, BUDGETS, month=month, told=0)
    connection.execute(select(BUDGETS.c.told).where(BUDGETS.c.month == month).with_for_update())
    return what_is_left(connection, limit)


def what_is_left(connection: Connection, limit: int) -> Left:
    """What is left of this month's limit at this moment."""
    clock = connection.scalars(select(now())).one()
    spent, reserved = spent_and_reserved(connection, month_of(clock))
    return Left(next_month(clock), limit - spent - reserved, reserved)


def spent_and_reserved(connection: Connection, month: str) -> tuple[int, int]:
    """What a month has cost so far, and what is reserved for jobs at work."""
    # One statement: between two, a reservation could become a bill and be missed by both.
    spent = select(func.coalesce(func.sum(SPENDING.c.cost), 0)).where(SPENDING.c.month == month).scalar_subquery()
    reserved = select(func.coalesce(func.sum(JOBS.c.reserved), 0)).where(JOBS.c.reserved.is_not(None)).scalar_subquery()
    found = connection.execute(select(spent, reserved)).one()
    return int(found[0]), int(found[1])
