"""Two moderators at the same job in the same moment: one state, and two answers that are true."""

import asyncio
import random
from collections import Counter

import pytest

from bot.ledger import Job, JobState, Ledger
from tests.ledger.conftest import Opening, ledger_url, opening  # noqa: F401 - fixtures
from tests.ledger.orders import order

GUILD = 100
ALICE, BOB = 11, 12
AT_ONCE = 8


async def act(ledger: Ledger, kind: str, job_id: str, by: int) -> bool:
    """Whether this moderator did it."""
    match kind:
        case "cancel":
            return bool(await ledger.stop(GUILD, by=by, reason=f"by {by}", job_id=job_id))
        case "hold":
            return await ledger.hold_back(job_id, GUILD, by=by) is not None
        case "release":
            return await ledger.release(job_id, GUILD, approved_by=by) is not None
        case "front":
            return await ledger.to_the_front(job_id, GUILD) is not None
        case _:
            return bool(await ledger.stop(GUILD, by=by, reason=f"by {by}"))


def consistent(job: Job, first: tuple[str, int, bool], second: tuple[str, int, bool]) -> bool:
    """Whether the job is as the two answers say: moderators who read that they did it did it, and nobody else."""
    done = {(kind, by) for kind, by, was_his in (first, second) if was_his}
    cancelled_by = [by for kind, by in done if kind in {"cancel", "everything"}]
    if len(cancelled_by) > 1:
        return False
    if cancelled_by:
        whose = job.state is JobState.CANCELLED and job.cancelled_by == cancelled_by[0]
        return whose and job.reason == f"by {cancelled_by[0]}"
    if job.state is not JobState.QUEUED or job.cancelled_by is not None:
        return False
    held = [by for kind, by in done if kind == "hold"]
    released = [by for kind, by in done if kind == "release"]
    if len(held) > 1 or (released and not held):
        return False
    return job.held_by == (None if released or not held else held[0])


@pytest.mark.parametrize("times", [96, pytest.param(1000, marks=pytest.mark.endurance)])
async def test_races_end_in_one_state_and_two_truths(opening: Opening, times: int) -> None:  # noqa: F811
    ledgers = [await opening(), await opening()]
    dice = random.Random(5)
    kinds = ("cancel", "hold", "release", "front")
    outcomes: Counter[tuple[bool, bool]] = Counter()

    async def race(number: int) -> None:
        job, _ = await ledgers[0].submit(order(number, guild_id=GUILD))
        pair = dice.choice(kinds), dice.choice(kinds)
        answers = await asyncio.gather(act(ledgers[0], pair[0], job.id, ALICE), act(ledgers[1], pair[1], job.id, BOB))
        now = await ledgers[number % 2].job(job.id)
        assert now is not None
        assert consistent(now, (pair[0], ALICE, answers[0]), (pair[1], BOB, answers[1])), (pair, answers, now)
        outcomes[answers[0], answers[1]] += 1

    for start in range(0, times, AT_ONCE):
        await asyncio.gather(*(race(number) for number in range(start, start + AT_ONCE)))
    assert all(outcomes[both] for both in ((True, False), (False, True), (True, True)))


async def test_two_who_cancel_everything_share_it_between_them(opening: Opening) -> None:  # noqa: F811
    ledgers = [await opening(), await opening()]
    for _ in range(10):
        jobs = [(await ledgers[0].submit(order(user_id, guild_id=GUILD)))[0].id for user_id in range(12)]
        stopped = await asyncio.gather(
            ledgers[0].stop(GUILD, by=ALICE),
            ledgers[1].stop(GUILD, by=BOB),
            ledgers[0].stop(GUILD, by=ALICE, user_id=3),
        )
        assert sorted(job.id for some in stopped for job in some) == sorted(jobs)
        for by, some in zip((ALICE, BOB, ALICE), stopped, strict=True):
            for job in some:
                now = await ledgers[0].job(job.id)
                assert now is not None
                assert (now.state, now.cancelled_by) == (JobState.CANCELLED, by)


async def test_who_pauses_first_has_paused_it(opening: Opening) -> None:  # noqa: F811
    ledgers = [await opening(), await opening()]
    for _ in range(20):
        paused = await asyncio.gather(
            ledgers[0].rules.pause(GUILD, ALICE, "a"), ledgers[1].rules.pause(GUILD, BOB, "b")
        )
        assert sorted(paused) == [False, True]
        guild = (await ledgers[0].rules.paused())[GUILD]
        assert (guild.paused_by, guild.pause_reason) == ((ALICE, "a") if paused[0] else (BOB, "b"))
        resumed = await asyncio.gather(ledgers[0].rules.resume(GUILD), ledgers[1].rules.resume(GUILD))
        assert sorted(resumed) == [False, True]


async def test_no_act_reaches_a_job_of_another_guild(opening: Opening) -> None:  # noqa: F811
    ledger = await opening()
    job, _ = await ledger.submit(order(1, guild_id=GUILD + 1))
    for kind in ("cancel", "hold", "release", "front", "everything"):
        assert not await act(ledger, kind, job.id, ALICE)
    now = await ledger.job(job.id)
    assert now == job


@pytest.mark.parametrize("kind", ["hold", "front"])
async def test_what_runs_can_only_be_cancelled(opening: Opening, kind: str) -> None:  # noqa: F811
    ledger = await opening()
    job, _ = await ledger.submit(order(1, guild_id=GUILD))
    await ledger.acknowledged(job.id, 1)
    assert await ledger.claim("http://127.0.0.1:8188") is not None
    assert not await act(ledger, kind, job.id, ALICE)
    assert await act(ledger, "cancel", job.id, ALICE)
    assert not await act(ledger, "cancel", job.id, BOB)
    await ledger.cancel(job.id, by=1)
    now = await ledger.job(job.id)
    assert now is not None
    assert (now.state, now.cancelled_by, now.reason) == (JobState.RUNNING, ALICE, f"by {ALICE}")
