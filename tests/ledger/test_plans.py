"""However many jobs there are, what members and workers wait for reads an index and no table from end to end."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.event import listen, remove

from bot.ledger import Allowance, JobState, Ledger
from bot.ledger.database.transactions import Database
from tests.ledger.filling import fill
from tests.ledger.orders import GUILD, HERE, OWNER, claim, order, place

ROWS = 20_000


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """How the database does each statement on jobs, as it says itself."""
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:  # noqa: ANN401
        if "jobs" not in statement or statement.startswith(("INSERT", "DELETE")):
            return
        how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        asking = connection.connection.cursor()
        asking.execute(f"{how} {statement}", parameters)
        plans.append("\n".join([statement, *(str(row[-1]) for row in asking.fetchall())]))
        asking.close()

    listen(Engine, "before_cursor_execute", explain)
    yield plans
    remove(Engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.DONE])
async def test_no_statement_reads_all_jobs(ledger: Ledger, ledger_url: str, plans: list[str], state: JobState) -> None:
    database = await Database.open(ledger_url)
    await database.transaction(lambda connection: fill(connection, ROWS, state), seconds=60)
    await database.transaction(lambda connection: connection.execute(text("ANALYZE")), seconds=60)
    await database.close()
    await ledger.servers.say(HERE, answering=True)
    plans.clear()

    new = order(OWNER + 3)
    await place(ledger, new, Allowance(queued=10**6, daily=10**9))
    assert (await ledger.job(new.id)) is not None
    await ledger.active_of(OWNER)
    await ledger.line(10)
    await ledger.overview()
    for beyond in ({}, {"below": ROWS // 2}, {"above": ROWS // 2}):
        await ledger.history(OWNER, GUILD, 5, **beyond)
    await ledger.job_of_message(GUILD, 1)
    await ledger.usage(OWNER, GUILD)
    await ledger.finish(await claim(ledger), JobState.DONE, seconds=4.0)
    claimed = await ledger.claim(HERE, ["other"], loaded="sdxl")
    assert claimed is None or await ledger.give_back(claimed, lost=True)
    await ledger.cancel(new.id, by=OWNER)
    await ledger.renew()
    await ledger.rules.book(GUILD)
    await ledger.prune(10_000)
    assert len(plans) > 12
    for plan in plans:
        for line in plan.splitlines():
            assert "SCAN jobs" not in line or "INDEX" in line, plan
            assert "Seq Scan on jobs" not in line, plan
