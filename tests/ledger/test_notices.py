"""Whom to tell that a job is over: noted with its end, bundled, and struck off."""

from typing import Any

import pytest

from bot.ledger import Job, JobState, Ledger, Told
from tests.ledger.conftest import Opening
from tests.ledger.orders import GUILD, OWNER, claim, look, order, place

OTHER = 2


async def ended(ledger: Ledger, user_id: int = OWNER, state: JobState = JobState.DONE, **more: Any) -> Job:  # noqa: ANN401
    await place(ledger, order(user_id, **more))
    job = await ledger.finish(await claim(ledger), state, tell=True)
    assert job is not None
    return job


async def taken(ledger: Ledger) -> list[list[str]]:
    return [[job.id for job in notice.jobs] for notice in await ledger.notices.take(())]


async def test_jobs_of_one_member_in_one_channel_are_told_together(ledger: Ledger) -> None:
    for user_id in (OWNER, OTHER):
        await ledger.preferences.change(user_id, GUILD, {"told": Told.ALWAYS})
    first, others = await ended(ledger), await ended(ledger, OTHER)
    second, failed = await ended(ledger), await ended(ledger, state=JobState.FAILED)
    private, elsewhere = await ended(ledger, private=True), await ended(ledger, channel_id=201)
    found = await taken(ledger)
    assert sorted(found) == sorted(
        [[first.id, second.id, failed.id], [others.id], [private.id], [elsewhere.id]],
    )


@pytest.mark.parametrize(
    ("told", "state", "noted"),
    [
        (Told.ALWAYS, JobState.DONE, True),
        (Told.ALWAYS, JobState.CANCELLED, False),
        (Told.LONG, JobState.DONE, False),
        (Told.NEVER, JobState.DONE, False),
    ],
)
async def test_the_member_decides(ledger: Ledger, told: Told, state: JobState, noted: bool) -> None:
    await ledger.preferences.change(OWNER, GUILD, {"told": told})
    job = await ended(ledger, state=state)
    assert await taken(ledger) == ([[job.id]] if noted else [])


async def test_a_minute_makes_a_long_one(ledger: Ledger, ledger_url: str) -> None:
    await place(ledger, order())
    job = await claim(ledger)
    await look(ledger_url, "UPDATE jobs SET created_at = created_at - 30")
    await ledger.finish(job, JobState.DONE, tell=True)
    assert await taken(ledger) == []
    await place(ledger, order())
    job = await claim(ledger)
    await look(ledger_url, "UPDATE jobs SET created_at = created_at - 61")
    await ledger.finish(job, JobState.DONE, tell=True)
    assert await taken(ledger) == [[job.id]]


async def test_another_process_takes_over_what_was_left_and_only_that(
    ledger: Ledger, opening: Opening, ledger_url: str
) -> None:
    await ledger.preferences.change(OWNER, GUILD, {"told": Told.ALWAYS})
    job = await ended(ledger)
    (notice,) = await ledger.notices.take(())
    assert await ledger.notices.take({notice.nonce}) == ()
    other = await opening()
    if other.shared:
        assert await other.notices.take(()) == ()
        await look(ledger_url, "UPDATE notices SET taken_at = taken_at - 31")
    (again,) = await other.notices.take(())
    assert again == notice
    assert [one.id for one in again.jobs] == [job.id]
    await other.notices.settle(again.nonce)
    assert await ledger.notices.take(()) == ()


@pytest.mark.parametrize(
    "change", ["UPDATE notices SET taken_at = taken_at - 151", "UPDATE notices SET due_at = due_at - 3601"]
)
async def test_what_could_not_be_sent_in_time_is_dropped(ledger: Ledger, ledger_url: str, change: str) -> None:
    await ledger.preferences.change(OWNER, GUILD, {"told": Told.ALWAYS})
    await ended(ledger)
    await ledger.notices.take(())
    await look(ledger_url, change)
    assert await ledger.notices.take(()) == ()
    assert await look(ledger_url, "SELECT * FROM notices") == []


async def test_a_deleted_one_is_not_told(ledger: Ledger) -> None:
    await ledger.preferences.change(OWNER, GUILD, {"told": Told.ALWAYS})
    job, other = await ended(ledger), await ended(ledger)
    await ledger.deleted(job.id, by=OWNER, place="<#5>")
    assert await taken(ledger) == [[other.id]]


async def test_what_one_process_sets_another_reads_and_no_other_guild(ledger: Ledger, opening: Opening) -> None:
    other = await opening()
    await ledger.preferences.change(OWNER, GUILD, {"model": "a", "count": 2})
    await other.preferences.change(OWNER, GUILD, {"count": None, "private": False})
    found = await ledger.preferences.of(OWNER, GUILD)
    assert (found.model, found.count, found.private, found.told) == ("a", None, False, Told.LONG)
    for user_id, guild_id in ((OTHER, GUILD), (OWNER, GUILD + 1), (OWNER, None)):
        assert (await other.preferences.of(user_id, guild_id)).model is None
