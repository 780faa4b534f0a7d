"""What is brought before the moderators: found until it was shown, told until that was, decided once."""

import asyncio

import pytest

from bot.ledger import BY_RULE, DISMISSED, PICTURE, PROMPT, Act, Cancellation, Entry, JobState, Ledger
from tests.ledger.orders import GUILD, HERE, MODERATOR, OWNER, THERE, order, pass_time, place

OTHER = 8


async def held(ledger: Ledger, reason: str = "words: x") -> str:
    return (await place(ledger, order(held_by=BY_RULE, hold_reason=reason))).id


@pytest.fixture(autouse=True)
async def placed(ledger: Ledger) -> None:
    await ledger.rules.set_guild(GUILD, approval_channel=5)


async def test_what_a_rule_holds_is_found_until_it_is_shown_and_told_until_that_is(ledger: Ledger) -> None:
    job_id = await held(ledger)
    await place(ledger, order())
    (job,) = await ledger.cases.unseen(10)
    assert (job.id, job.hidden, job.awaits) == (job_id, True, PROMPT)
    assert not await ledger.cases.unseen(10, beyond=[GUILD])
    assert await ledger.cases.open(job, PROMPT)
    assert not await ledger.cases.open(job, PROMPT)
    assert await ledger.cases.unseen(10)  # by a message, not by an intention
    await ledger.cases.shown(job_id, PROMPT, 5, 6)
    assert not await ledger.cases.unseen(10)
    assert not await ledger.cases.over(10)
    released = await ledger.release(job_id, GUILD, approved_by=MODERATOR, awaiting=PROMPT)
    assert released is not None
    assert not released.hidden
    ((case, over),) = await ledger.cases.over(10)
    assert (case.message_id, over.approved_by) == (6, MODERATOR)
    await ledger.cases.close(case)
    assert not await ledger.cases.over(10)


async def test_a_guild_without_a_place_is_not_asked(ledger: Ledger) -> None:
    await ledger.rules.set_guild(GUILD, approval_channel=None)
    await held(ledger)
    assert not await ledger.cases.unseen(10)
    await ledger.rules.set_guild(GUILD, audit_channel=5)
    assert await ledger.cases.unseen(10)


async def test_pictures_wait_on_their_server_and_go_on_there_when_they_are_approved(ledger: Ledger) -> None:
    job = await place(ledger, order())
    claimed = await ledger.claim(HERE)
    assert claimed is not None
    waiting = await ledger.hold_pictures(claimed, "score 0.90")
    assert waiting is not None
    assert (waiting.state, waiting.server, waiting.awaits) == (JobState.QUEUED, HERE, PICTURE)
    assert await ledger.claim(HERE) is None
    assert await ledger.claim(THERE) is None
    # The button of a prompt does not let images go.
    assert await ledger.release(job.id, GUILD, approved_by=MODERATOR, awaiting=PROMPT) is None
    assert await ledger.release(job.id, GUILD + 1, approved_by=MODERATOR, awaiting=PICTURE) is None
    assert await ledger.release(job.id, GUILD, approved_by=MODERATOR, awaiting=PICTURE)
    assert await ledger.claim(THERE) is None
    again = await ledger.claim(HERE)
    assert again is not None
    assert (again.id, again.pictures_approved) == (job.id, True)
    # An earlier claim has no say any more.
    assert await ledger.hold_pictures(claimed, "late") is None


async def test_one_that_is_held_with_its_pictures_can_be_cancelled(ledger: Ledger) -> None:
    job = await place(ledger, order())
    claimed = await ledger.claim(HERE)
    assert claimed is not None
    await ledger.hold_pictures(claimed, "score 0.90")
    assert await ledger.cancel(job.id, by=job.user_id) is Cancellation.CANCELLED
    assert await ledger.claim(HERE) is None


async def test_a_prompt_that_was_approved_may_have_its_pictures_held(ledger: Ledger) -> None:
    job_id = await held(ledger)
    (job,) = await ledger.cases.unseen(10)
    await ledger.cases.open(job, PROMPT, 5, 6)
    await ledger.release(job_id, GUILD, approved_by=MODERATOR, awaiting=PROMPT)
    claimed = await ledger.claim(HERE)
    assert claimed is not None
    assert not claimed.pictures_approved
    await ledger.hold_pictures(claimed, "score 0.90")
    ((case, _),) = await ledger.cases.over(10)
    assert case.kind == PROMPT
    (unseen,) = await ledger.cases.unseen(10)
    assert unseen.awaits == PICTURE


async def test_two_moderators_at_once_decide_once(ledger: Ledger) -> None:
    for _ in range(50):
        job_id = await held(ledger)
        approved, rejected = await asyncio.gather(
            ledger.release(job_id, GUILD, approved_by=MODERATOR, awaiting=PROMPT),
            ledger.reject(job_id, GUILD, by=OTHER, reason="no", awaiting=PROMPT),
        )
        job = await ledger.job(job_id)
        assert job is not None
        assert (approved is None) != (rejected is None)
        assert (job.state is JobState.CANCELLED) == (rejected is not None)
        assert job.approved_by == (MODERATOR if approved is not None else None)
        await ledger.cancel(job_id, by=OWNER)


async def test_a_report_is_decided_once_by_its_own_guild(ledger: Ledger) -> None:
    job = await place(ledger, order())
    assert await ledger.reports.report(Entry(GUILD, Act.REPORTED, 1, OWNER, job.id), 10) == "new"
    assert await ledger.reports.report(Entry(GUILD, Act.REPORTED, 2, OWNER, job.id), 10) == "new"
    assert await ledger.reports.reporters(job.id, GUILD) == (1, 2)
    assert await ledger.reports.reporters(job.id, GUILD + 1) == ()
    assert not await ledger.reports.decide(job.id, GUILD + 1, OTHER, "deleted")
    assert await ledger.reports.decide(job.id, GUILD, MODERATOR, "deleted")
    assert not await ledger.reports.decide(job.id, GUILD, OTHER, "dismissed")
    await ledger.reports.reopen(job.id, GUILD, MODERATOR)
    assert await ledger.reports.decide(job.id, GUILD, OTHER, "dismissed")
    case = await ledger.cases.case(job.id, GUILD)
    assert case is not None
    assert (case.decided_by, case.decision) == (OTHER, "dismissed")
    assert await ledger.cases.case(job.id, GUILD + 1) is None


async def test_a_job_of_some_age_stays_while_moderators_decide_about_its_images(
    ledger: Ledger, ledger_url: str
) -> None:
    reported, other = [(await place(ledger, order())).id for _number in range(2)]
    for job_id in (reported, other):
        await ledger.cancel(job_id, by=OWNER)
    await pass_time(ledger_url, 8 * 86400)
    assert await ledger.reports.report(Entry(GUILD, Act.REPORTED, OTHER, OWNER, reported), 10) == "new"
    assert await ledger.prune(7) == 1
    assert await ledger.job(other) is None
    await ledger.reports.decide(reported, GUILD, MODERATOR, DISMISSED)
    await ledger.reports.close(reported)
    assert await ledger.prune(7) == 1


async def test_an_erased_job_keeps_the_way_to_its_reported_images_until_moderators_decide(
    ledger: Ledger, ledger_url: str
) -> None:
    job = await place(ledger, order())
    await ledger.acknowledged(job.id, 77)
    await ledger.cancel(job.id, by=OWNER)
    await ledger.reports.report(Entry(GUILD, Act.REPORTED, OTHER, OWNER, job.id), 10)
    await ledger.personal_data.erase(OWNER, messages=False)
    erased = await ledger.job(job.id)
    assert erased is not None
    assert (erased.message_id, erased.deleted_by) == (77, None)
    assert not await ledger.personal_data.messages_to_delete(10)
    await ledger.reports.decide(job.id, GUILD, MODERATOR, DISMISSED)
    await ledger.reports.close(job.id)
    await pass_time(ledger_url, 86_500)
    await ledger.personal_data.prune()
    assert await ledger.job(job.id) is None


async def test_a_decision_that_is_shown_while_its_member_erases_everything_is_shown_once_more(ledger: Ledger) -> None:
    job_id = await held(ledger)
    job = await ledger.job(job_id)
    assert job is not None
    await ledger.acknowledged(job_id, 77)
    await ledger.cases.open(job, PROMPT)
    await ledger.cases.shown(job_id, PROMPT, 5, 6)
    await ledger.cancel(job_id, by=OWNER)
    ((case, _job),) = await ledger.cases.over(10)
    await ledger.personal_data.erase(OWNER, messages=False)
    await ledger.cases.close(case)
    ((again, erased),) = await ledger.cases.over(10)
    assert erased.erased_at is not None
    assert (erased.message_id, erased.deleted_by) == (None, OWNER)  # nobody has reported it
    await ledger.cases.close(again)
    assert not await ledger.cases.over(10)
