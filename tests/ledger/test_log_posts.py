"""What has to be posted for moderators: entries of their log once and in order, reports until a message shows them."""

import time

import pytest

from bot.ledger import REPORT, Act, Entry, Job, Ledger
from bot.ledger.moderation import reports
from tests.ledger.orders import GUILD, MODERATOR, OWNER, order, place

MOST_COPIES = 5

LOG, REPORTS = 5, 6


async def reported(ledger: Ledger, by: int = 1) -> Job:
    job = await place(ledger, order())
    assert await ledger.reports.report(Entry(GUILD, Act.REPORTED, by, OWNER, job.id), 1000) == "new"
    return job


async def test_entries_wait_only_for_a_channel_that_is_there_and_not_for_ever(ledger: Ledger) -> None:
    await ledger.audit.record(Entry(GUILD, Act.PAUSED, MODERATOR, detail="before"), time.time() - 3 * 86400)
    await ledger.rules.set_guild(GUILD, audit_channel=LOG)
    await ledger.audit.record(Entry(GUILD, Act.PAUSED, MODERATOR, detail="old"), time.time() - 2 * 86400)
    assert not await ledger.log_posts.guilds(10)
    for number in range(4):
        await ledger.audit.record(Entry(GUILD, Act.PAUSED, MODERATOR, detail=str(number)))
    assert await ledger.log_posts.guilds(10) == (GUILD,)
    assert await ledger.log_posts.guilds(10, [GUILD]) == ()
    waiting = await ledger.log_posts.next(GUILD, 3)
    assert waiting is not None
    assert (waiting.channel_id, waiting.begun) == (LOG, False)
    assert [line.detail for line in waiting.lines] == ["0", "1", "2"]
    await ledger.log_posts.begin(waiting.lines[:2])
    again = await ledger.log_posts.next(GUILD, 10)
    assert again is not None
    assert (again.lines, again.begun) == (waiting.lines[:2], True)
    await ledger.log_posts.posted(again.lines)
    rest = await ledger.log_posts.next(GUILD, 10)
    assert rest is not None
    assert ([line.detail for line in rest.lines], rest.begun) == (["2", "3"], False)
    await ledger.rules.set_guild(GUILD, audit_channel=None)
    assert await ledger.log_posts.next(GUILD, 10) is None
    assert not await ledger.log_posts.guilds(10)


async def test_a_refusal_that_waited_is_not_older_than_what_stands_before_it(ledger: Ledger) -> None:
    refused_at = time.time() - 60
    await ledger.rules.pause(GUILD, MODERATOR, None, entry=Entry(GUILD, Act.PAUSED, MODERATOR))
    await ledger.audit.record(Entry(GUILD, Act.REFUSED, user_id=OWNER), refused_at)
    await ledger.audit.record(Entry(GUILD + 1, Act.REFUSED, user_id=OWNER), refused_at)
    (refused, paused) = await ledger.audit.log(GUILD)
    assert refused.at >= paused.at
    (elsewhere,) = await ledger.audit.log(GUILD + 1)
    assert elsewhere.at == refused_at


async def test_an_entry_whose_first_try_was_not_answered_is_stored_once(ledger: Ledger) -> None:
    entry, at = Entry(GUILD, Act.PAUSED, MODERATOR), time.time()
    await ledger.audit.record(entry, at)
    await ledger.audit.record(entry, at + 1)
    (late, early) = await ledger.audit.log(GUILD)
    assert (early.at, late.at) == (at, at + 1)
    assert await ledger.audit.log(GUILD, since=at + 0.5) == (late,)
    assert await ledger.audit.log(GUILD, member_id=MODERATOR, act="paused", before=late.number) == (early,)


async def test_a_report_is_stale_until_its_message_shows_the_newest(ledger: Ledger) -> None:
    job = await reported(ledger)
    assert not await ledger.reports.stale(10)
    assert await ledger.reports.waiting(GUILD) == 1
    ((_case, uncopied),) = await ledger.reports.uncopied(10)
    assert uncopied.id == job.id
    await ledger.reports.keep_copy(job.id, b"image")
    assert not await ledger.reports.uncopied(10)
    await ledger.rules.set_guild(GUILD, approval_channel=REPORTS)
    ((case, _job),) = await ledger.reports.stale(10)
    await ledger.reports.begin(job.id, REPORTS)
    assert await ledger.reports.report(Entry(GUILD, Act.REPORTED, 2, OWNER, job.id), 10) == "new"
    await ledger.reports.shown(case, REPORTS, 7, copied=True)
    assert await ledger.reports.waiting(GUILD) == 0
    assert await ledger.reports.copy(job.id) is None
    ((newer, _job),) = await ledger.reports.stale(10)
    assert (newer.message_id, newer.revision) == (7, case.revision + 1)
    await ledger.reports.shown(newer, REPORTS, 7, copied=False)
    assert not await ledger.reports.stale(10)
    await ledger.reports.keep_copy(job.id, b"the message has it")
    assert await ledger.reports.copy(job.id) is None


async def test_a_channel_that_is_deleted_while_a_report_is_sent_does_not_hide_it(ledger: Ledger) -> None:
    await ledger.rules.set_guild(GUILD, approval_channel=REPORTS)
    job = await reported(ledger)
    await ledger.reports.keep_copy(job.id, b"image")
    ((case, _job),) = await ledger.reports.stale(10)
    await ledger.reports.begin(job.id, REPORTS)
    await ledger.reports.channel_deleted(REPORTS)
    await ledger.reports.shown(case, REPORTS, 7, copied=True)
    assert await ledger.reports.waiting(GUILD) == 1
    assert await ledger.reports.copy(job.id) == b"image"


async def test_a_moderators_deletion_decides_and_the_owners_does_not(ledger: Ledger) -> None:
    for by, decision in ((OWNER, None), (MODERATOR, "deleted")):
        job = await reported(ledger)
        assert await ledger.deleted(job.id, by=by, place="<#5>")
        assert not await ledger.deleted(job.id, by=MODERATOR, place="<#5>")
        case = await ledger.cases.case(job.id, GUILD, REPORT)
        assert case is not None
        assert case.decision == decision
        newest, *_others = await ledger.audit.log(GUILD)
        assert (newest.act, newest.actor_id, newest.job_id) == ("deleted", by, job.id)
    unreported = await place(ledger, order())
    assert await ledger.deleted(unreported.id, by=OWNER, place="<#5>")
    assert len(await ledger.audit.log(GUILD, act="deleted")) == 2


async def test_a_guild_keeps_only_so_many_copies(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_COPIES", MOST_COPIES)
    jobs = [await reported(ledger, number) for number in range(MOST_COPIES + 1)]
    for job in jobs:
        await ledger.reports.keep_copy(job.id, b"image")
    kept = [await ledger.reports.copy(job.id) for job in jobs]
    assert kept == [b"image"] * MOST_COPIES + [None]
    assert await ledger.reports.waiting(GUILD) == len(jobs)
