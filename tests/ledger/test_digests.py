"""A guild's week in figures, and when it is due."""

import time

import pytest

from bot.ledger import Act, Entry, Ledger
from bot.ledger.database.dialects import DAY_SECONDS
from tests.ledger.orders import look, order

GUILD, OTHER = 100, 200
WEEK = 7 * DAY_SECONDS
MONDAY = 1_763_337_600.0
"""17 November 2025, 00:00 UTC."""
NINE = 9 * 3600.0


async def made(ledger: Ledger, url: str, at: float, **more: object) -> None:
    """A job that was done then, having waited for as many seconds as its place in the test."""
    waited = float(str(more.pop("waited", 1.0)))
    new = order(**{"guild_id": GUILD, **more})  # type: ignore[arg-type]
    job, _ = await ledger.submit(new)
    times = f"finished_at = {at}, started_at = {at - 5}, created_at = {at - 5 - waited}"
    await look(url, f"UPDATE jobs SET state = 'done', {times} WHERE id = '{job.id}'")  # noqa: S608 - our own


@pytest.fixture
async def due(ledger: Ledger, ledger_url: str) -> None:
    """It was due on Monday at nine, and that is not a week ago."""
    await ledger.rules.set_guild(GUILD, digest_channel=7, digest_at=time.time() - NINE)
    await ledger.rules.set_guild(OTHER, digest_channel=8, digest_at=time.time() + 60)


async def test_the_week_is_counted(ledger: Ledger, ledger_url: str) -> None:
    at = MONDAY + WEEK + NINE
    for number in range(10):
        await made(ledger, ledger_url, MONDAY + number * 1000, user_id=number % 3, waited=number + 1)
    await made(ledger, ledger_url, MONDAY + WEEK - 1, workflow="upscale", pictures=4, waited=11, user_id=77)
    # The week before, the week after, and the neighbours.
    await made(ledger, ledger_url, MONDAY - 1, pictures=2)
    await made(ledger, ledger_url, MONDAY + WEEK, pictures=50)
    await made(ledger, ledger_url, MONDAY + 1, guild_id=OTHER, pictures=50)
    for detail in ("limit", "words: fox", "words: cat"):
        await ledger.audit.record(Entry(GUILD, Act.REFUSED, user_id=1, detail=detail))
    await ledger.audit.record(Entry(OTHER, Act.REFUSED, user_id=1, detail="channel"))
    await ledger.audit.record(Entry(GUILD, Act.BLOCKED, user_id=1))
    await look(ledger_url, f"UPDATE audit SET at = {MONDAY + 5}")  # noqa: S608 - a figure of ours
    await ledger.rules.set_guild(GUILD, digest_channel=7, digest_at=at)

    (one,) = [due for due in await ledger.digests.due() if due.guild_id == GUILD]
    week, before = await ledger.digests.weeks(type(one)(GUILD, 7, at))
    assert (week.since, week.pictures, week.people) == (MONDAY, 14, 4)
    assert week.days == (10, 0, 0, 0, 0, 0, 4)
    assert week.workflows == (("text_to_image", 10), ("upscale", 4))
    assert week.waits == (6.0, 10.0)
    assert week.refused == {"words": 2, "limit": 1}
    assert (before.pictures, before.days[-1]) == (2, 2)


async def test_an_empty_week_is_empty(ledger: Ledger, due: None) -> None:
    (one,) = await ledger.digests.due()
    week, before = await ledger.digests.weeks(one)
    assert (week.pictures, week.people, week.workflows, week.waits) == (0, 0, (), None)
    assert before.refused == {}


async def test_each_is_due_once_a_week(ledger: Ledger, due: None) -> None:
    (one,) = await ledger.digests.due()
    assert (one.guild_id, one.channel_id) == (GUILD, 7)
    await ledger.digests.told(one)
    assert await ledger.digests.due() == ()
    assert (await ledger.rules.book(GUILD)).guild.digest_at == pytest.approx(one.at + WEEK)


async def test_of_several_weeks_that_were_missed_the_last_is_told(ledger: Ledger) -> None:
    at = time.time() - 3 * WEEK - NINE
    await ledger.rules.set_guild(GUILD, digest_channel=7, digest_at=at)
    (one,) = await ledger.digests.due()
    assert one.at == pytest.approx(at + 3 * WEEK)
    await ledger.digests.told(one)
    assert await ledger.digests.due() == ()


async def test_what_moderators_change_meanwhile_holds(ledger: Ledger, due: None) -> None:
    (one,) = await ledger.digests.due()
    later = time.time() + 100 * DAY_SECONDS
    await ledger.rules.set_guild(GUILD, digest_channel=9, digest_at=later)
    await ledger.digests.told(one)
    guild = (await ledger.rules.book(GUILD)).guild
    assert (guild.digest_channel, guild.digest_at) == (9, later)
