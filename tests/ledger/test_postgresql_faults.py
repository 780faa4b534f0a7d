"""PostgreSQL restarts, is gone, or says nothing: nobody waits long, nothing is half-written, and it goes on."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.errors import LedgerAway
from bot.ledger import Cancellation, JobState, Ledger, inspect_ledger, open_ledger
from bot.ledger.database.dialects import postgresql_engine
from tests.ledger.orders import GUILD, HERE, OWNER, claim, look, now, order, submit
from tests.postgresql import connection
from tests.relay import Relay
from tests.waiting import until

Question = Callable[[Ledger], Awaitable[object]]
_IDLE_SINCE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid != pg_backend_pid() AND query NOT LIKE 'LISTEN%'
    AND state_change > to_timestamp($1)
"""
"""Sessions that have done something since a moment, without the one that hears notifications."""
SOON = 5.0
"""Discord waits three seconds; a machine that is busy with other tests takes a while as well."""

WHAT_A_MEMBER_WAITS_FOR: dict[str, Question] = {
    "submit": lambda ledger: ledger.submit(order()),
    "cancel": lambda ledger: ledger.cancel("missing", by=OWNER),
    "job": lambda ledger: ledger.job("missing"),
    "active_of": lambda ledger: ledger.active_of(OWNER),
    "rules": lambda ledger: ledger.rules.book(GUILD),
    "line": lambda ledger: ledger.line(10),
}


@pytest.fixture
async def relay(postgresql_url: str) -> AsyncIterator[Relay]:
    async with Relay.to(postgresql_url) as relay:
        yield relay


@pytest.fixture
async def ledger(relay: Relay, postgresql_url: str) -> AsyncIterator[Ledger]:
    """A ledger behind the relay, with open connections."""
    ledger = await open_ledger(relay.url(postgresql_url))
    await asyncio.gather(*(ledger.job("missing") for _ in range(3)))
    yield ledger
    relay.restore()
    await ledger.close()


async def answers(ledger: Ledger) -> bool:
    with contextlib.suppress(LedgerAway):
        await ledger.job("missing")
        return True
    return False


async def test_a_server_that_was_restarted_costs_nobody_an_error(ledger: Ledger, postgresql_url: str) -> None:
    async with connection(postgresql_url) as past_the_ledger:
        await past_the_ledger.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
    await submit(ledger)
    assert await claim(ledger) is not None


async def test_a_process_at_rest_keeps_few_connections(postgresql_url: str) -> None:
    """Those that a crowd needed are used no more, and PostgreSQL closes them."""
    ledger = await open_ledger(postgresql_url)
    try:
        async with connection(postgresql_url) as past_the_ledger:
            await asyncio.gather(*(ledger.job("missing") for _ in range(50)))
            crowded = await past_the_ledger.fetchval(_IDLE_SINCE, 0.0)
            began = await past_the_ledger.fetchval("SELECT extract(epoch from clock_timestamp())::float8")
            for _ in range(20):
                await ledger.job("missing")
            assert await past_the_ledger.fetchval(_IDLE_SINCE, began) == 1 < crowded
    finally:
        await ledger.close()
    engine = postgresql_engine(make_url(postgresql_url), 1, None)
    async with engine.connect() as connected:
        assert await connected.scalar(text("SHOW idle_session_timeout")) == "1min"
    await engine.dispose()


async def test_a_server_that_is_gone_is_answered_for_and_used_when_it_is_back(ledger: Ledger, relay: Relay) -> None:
    await relay.close()
    for ask in WHAT_A_MEMBER_WAITS_FOR.values():
        with pytest.raises(LedgerAway):
            async with asyncio.timeout(SOON):
                await ask(ledger)
    await relay.open()
    await submit(ledger)


async def test_a_server_that_takes_no_connections_is_away(postgresql_url: str) -> None:
    name = postgresql_url.rpartition("/")[2]
    async with connection() as entrance:
        await entrance.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        with pytest.raises(LedgerAway):
            await open_ledger(postgresql_url)
    finally:
        async with connection() as entrance:
            await entrance.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def test_a_silent_server_keeps_no_member_waiting(ledger: Ledger, relay: Relay) -> None:
    relay.silence()
    async with asyncio.timeout(SOON):
        asked = (ask(ledger) for ask in WHAT_A_MEMBER_WAITS_FOR.values())
        found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [LedgerAway] * len(WHAT_A_MEMBER_WAITS_FOR)


async def test_a_server_that_was_silent_for_many_is_used_when_it_speaks_again(ledger: Ledger, relay: Relay) -> None:
    relay.silence()
    async with asyncio.timeout(2 * SOON):
        found = await asyncio.gather(*(ledger.submit(order()) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(one, LedgerAway) for one in found)
    relay.restore()
    await until(lambda: answers(ledger))
    assert await ledger.line(100) == []


async def test_whoever_waits_patiently_goes_on_when_the_server_is_back(ledger: Ledger, relay: Relay) -> None:
    await submit(ledger)
    job = await claim(ledger)
    await relay.close()
    end = asyncio.create_task(ledger.finish(job, JobState.DONE, seconds=5.0))
    with pytest.raises(LedgerAway):
        await ledger.job(job.id)
    assert not end.done()
    await relay.open()
    async with asyncio.timeout(30):
        ended = await end
    assert ended is not None
    assert await now(ledger, job) == ended


@contextlib.asynccontextmanager
async def slow_commits(database_url: str) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """Commits of jobs wait for the test's word: the moment in which nobody knows how a transaction ends."""
    async with connection(database_url) as past_the_ledger:
        for statement in (
            """CREATE FUNCTION wait_for_word() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END$$""",
            """CREATE CONSTRAINT TRIGGER word AFTER INSERT OR UPDATE ON jobs DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION wait_for_word()""",
            "SELECT pg_advisory_lock(4711)",
        ):
            await past_the_ledger.execute(statement)
        try:
            yield lambda: past_the_ledger.execute("SELECT pg_advisory_unlock(4711)")
        finally:
            await past_the_ledger.execute("SELECT pg_advisory_unlock_all()")
            await past_the_ledger.execute("DROP FUNCTION wait_for_word CASCADE")


async def committing(database_url: str) -> bool:
    waiting = await look(
        database_url, "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
    )
    return bool(waiting)


async def written(database_url: str, job_id: str, state: str) -> bool:
    return await look(database_url, f"SELECT state FROM jobs WHERE id = '{job_id}'") == [(state,)]  # noqa: S608


async def state_is(ledger: Ledger, job_id: str, state: JobState) -> bool:
    with contextlib.suppress(LedgerAway):
        job = await ledger.job(job_id)
        return job is not None and job.state is state
    return False


async def test_an_order_that_was_refused_and_yet_written_is_taken_back(
    ledger: Ledger, relay: Relay, postgresql_url: str
) -> None:
    new = order()
    async with slow_commits(postgresql_url) as word:
        ordering = asyncio.create_task(ledger.submit(new))
        await until(lambda: committing(postgresql_url))
        relay.silence()
        with pytest.raises(LedgerAway):
            await ordering
        await word()
        await until(lambda: written(postgresql_url, new.id, "queued"))
        await relay.cut()
        relay.restore()
    await until(lambda: state_is(ledger, new.id, JobState.CANCELLED))
    assert await ledger.cancel(new.id, by=OWNER) is Cancellation.OVER


async def test_a_claim_that_nobody_heard_of_is_given_back(ledger: Ledger, relay: Relay, postgresql_url: str) -> None:
    (job,) = await submit(ledger)
    async with slow_commits(postgresql_url) as word:
        claiming = asyncio.create_task(ledger.claim(HERE))
        await until(lambda: committing(postgresql_url))
        relay.silence()
        with pytest.raises(LedgerAway):
            await claiming
        await word()
        await relay.cut()
        relay.restore()
    await until(lambda: state_is(ledger, job.id, JobState.QUEUED))
    again = await claim(ledger)
    assert (again.id, again.takeovers, again.losses) == (job.id, 0, 0)


async def test_an_end_that_was_written_unheard_is_known_the_second_time(
    ledger: Ledger, relay: Relay, postgresql_url: str
) -> None:
    await submit(ledger)
    job = await claim(ledger)
    async with slow_commits(postgresql_url) as word:
        end = asyncio.create_task(ledger.finish(job, JobState.DONE))
        await until(lambda: committing(postgresql_url))
        relay.silence()
        await word()
        await until(lambda: written(postgresql_url, job.id, "done"))
        await relay.cut()
        relay.restore()
        async with asyncio.timeout(30):
            ended = await end
    assert ended is not None
    assert ended.state is JobState.DONE
    assert await ledger.finish(job, JobState.DONE) is None


async def test_a_user_without_rights_is_told_what_the_server_says(postgresql_url: str) -> None:
    nobody = f"darkroom_{uuid.uuid4().hex}"
    async with connection(postgresql_url) as past_the_ledger:
        await past_the_ledger.execute(f"CREATE ROLE {nobody} LOGIN")
        try:
            url = make_url(postgresql_url).set(username=nobody).render_as_string(hide_password=False)
            for opened in (open_ledger(url), inspect_ledger(url)):
                with pytest.raises(LedgerAway, match="permission denied"):
                    await opened
        finally:
            await past_the_ledger.execute(f"DROP ROLE {nobody}")
