"""The line of many guilds is read in a few statements. It is the same as one that is put together job by job."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, event, insert, update
from sqlalchemy.engine import Connection, Engine

from bot.ledger import JobState, Ledger
from bot.ledger.database.schema import JOBS
from bot.ledger.database.transactions import Database
from bot.ledger.shares.tables import SHARES
from tests.ledger.filling import fill
from tests.ledger.orders import MODERATOR, order

QUEUE = 0
"""The share whose clock is that of the whole queue."""
MEMBERS = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    guild: int
    cost: float
    claimed: bool
    held: bool


JOB = st.builds(
    Waiting,
    st.integers(1, 4),
    st.sampled_from([0.5, 1.0, 3.0, 20.0]),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, False, True]),
)
CLOCKS = st.dictionaries(st.integers(QUEUE, 4), st.sampled_from([0.0, 2.0, 7.5]))


@pytest.fixture
async def database(ledger: Ledger, ledger_url: str) -> AsyncIterator[Database]:
    """The ledger's, past the ledger."""
    database = await Database.open(ledger_url)
    yield database
    await database.close()


def line(jobs: Sequence[Waiting], clocks: Mapping[int, float]) -> list[int]:
    """The numbers of the jobs in the order of their turns, found one after the other."""
    now = clocks.get(QUEUE, 0.0)
    numbered = [*enumerate(jobs, start=1)]
    oldest = {job.guild: number for number, job in reversed(numbered)}
    paid = {guild: sum(job.cost for job in jobs if job.guild == guild and job.claimed) for guild in oldest}
    # What was claimed and given back has been paid for already.
    clock = {guild: clocks.get(guild, 0.0) - paid[guild] for guild in oldest}
    turn = {guild: max(now, clock[guild]) for guild in oldest}
    left = [(number, job) for number, job in numbered if not job.held]
    found = []
    while left:
        first = {job.guild: (number, job) for number, job in reversed(left)}
        guild = min(first, key=lambda one: (turn[one], oldest[one]))
        number, job = first[guild]
        clock[guild] = (clock[guild] if job.claimed else turn[guild]) + job.cost
        turn[guild] = max(turn[guild], clock[guild])
        left.remove((number, job))
        found.append(number)
    return found


def wait(connection: Connection, jobs: Sequence[Waiting], clocks: Mapping[int, float]) -> None:
    connection.execute(delete(JOBS))
    connection.execute(delete(SHARES))
    fill(connection, len(jobs), JobState.QUEUED)
    each = update(JOBS).where(JOBS.c.id == bindparam("which"))
    values = [
        {
            "which": f"filled-{number}",
            "number": number,
            "guild_id": job.guild,
            "user_id": number % MEMBERS,
            "start_tag": 0.0,
            "cost": job.cost,
            "epoch": int(job.claimed),
            "held_by": MODERATOR if job.held else None,
        }
        for number, job in enumerate(jobs, start=1)
    ]
    connection.execute(each, values)
    for share, clock in clocks.items():
        connection.execute(insert(SHARES).values(share=share, clock=clock))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JOB, min_size=1, max_size=40), CLOCKS)
async def test_the_line_is_that_of_the_turns(
    ledger: Ledger, database: Database, jobs: list[Waiting], clocks: dict[int, float]
) -> None:
    await database.transaction(lambda connection: wait(connection, jobs, clocks), seconds=None)
    expected = line(jobs, clocks)
    for limit in (3, 100):
        shown = await ledger.line(limit)
        assert [job.number for job, _ in shown] == expected[:limit]
        for ahead, (job, place) in enumerate(shown):
            people = {number % MEMBERS for number in expected[:ahead]} - {job.user_id}
            assert (place.ahead, place.people) == (ahead, len(people))


@pytest.mark.parametrize("guilds", [10, 200])
async def test_more_guilds_need_no_more_statements(ledger: Ledger, database: Database, guilds: int) -> None:
    await database.transaction(lambda connection: fill(connection, 1000, JobState.QUEUED), seconds=None)
    spread = update(JOBS).values(guild_id=1 + JOBS.c.number % guilds)
    await database.transaction(lambda connection: connection.execute(spread), seconds=None)
    statements: list[str] = []

    def noted(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", noted)
    try:
        _, standing = await ledger.submit(order(guild_id=1, guess=1000.0))
    finally:
        event.remove(Engine, "before_cursor_execute", noted)
    assert standing.ahead > 0
    assert len(statements) < 30
