"""Where a job goes while somebody uses a ComfyUI itself, and where it does not."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn, VersionName
from tests.comfyui_server.hostile import Rule, through
from tests.discord_server import DiscordStandIn, User
from tests.foreign_work.owner import Owner
from tests.looks import is_done, is_queued, is_running, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

STEPS_PER_SECOND = 40


@pytest.fixture
def version() -> VersionName:
    return "0.33.0"


@pytest.fixture
async def theirs(version: VersionName) -> AsyncIterator[ComfyUIStandIn]:
    """Whose owner uses it, too."""
    async with ComfyUIStandIn(steps_per_second=STEPS_PER_SECOND, version=version) as theirs:
        yield theirs


@pytest.fixture
async def free() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as free:
        yield free


async def seen(studio: Studio, count: int) -> None:
    """Until the bot knows of so many prompts of theirs."""
    await until(lambda: studio.select("SELECT max(foreign_prompts) FROM servers WHERE answering") == [(count,)])


async def test_a_server_that_nobody_else_uses_comes_first(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, free: ComfyUIStandIn, tmp_path: Path
) -> None:
    await Owner(theirs.url).queue(1)
    async with Studio(discord, [theirs, free], tmp_path) as studio:
        await seen(studio, 1)
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(2,)])
        for number in range(3):
            order = await studio.order(ALICE, f"fox {number}")
            await order.message.until(is_done)
            assert "started directly" not in "".join(state.content for state in order.message.states)
        assert len(free.executed) == 3
        assert len(theirs.submitted) == 1


async def test_what_waits_behind_somebody_is_taken_back_for_a_server_that_is_free_again(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, free: ComfyUIStandIn, tmp_path: Path
) -> None:
    free.faults.hang_in = "KSampler"
    owner = Owner(theirs.url)
    before = await owner.queue(2)
    async with Studio(discord, [theirs, free], tmp_path) as studio:
        await seen(studio, 2)
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(2,)])
        long = await studio.order(ALICE)
        await long.message.until(is_running)
        assert free.executed == [job_of(long)]
        moved = await studio.order(BOB, "a bell")
        await moved.message.until(says("Up next · waiting for 2 images"))
        assert await owner.look() == (before[:1], [before[1], job_of(moved)])
        free.faults.hang_in = None
        for order in (long, moved):
            await order.message.until(is_done)
        assert free.executed == [job_of(long), job_of(moved)]
        assert await owner.look() == (before[:1], before[1:])
        assert not theirs.interrupts
        assert studio.select("SELECT returns, losses FROM jobs WHERE id = ?", job_of(moved)) == [(0, 0)]


async def test_a_long_queue_of_theirs_holds_none_of_our_jobs(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, tmp_path: Path
) -> None:
    owner = Owner(theirs.url)
    await owner.queue(4)
    async with Studio(discord, [theirs], tmp_path) as studio:
        await seen(studio, 4)
        orders = [await studio.order(user) for user in (ALICE, BOB)]
        for order in orders:
            await order.message.until(says("waiting for 4 images started directly in ComfyUI"))
            assert is_queued(order.message)
        assert len(theirs.submitted) == 4
        await owner.end_running()
        await orders[0].message.until(says("waiting for 3 images"))
        assert len(theirs.submitted) == 4
        # Who goes on queueing keeps nobody out for ever: what came later comes later.
        later = await owner.queue(3, steps=1)
        await owner.end_running()
        await orders[0].message.until(says("Up next · waiting for 5 images"))
        for _ in range(2):
            await owner.end_running()
        for order in orders:
            await order.message.until(is_done)
        assert theirs.executed[4:] == [*later, job_of(orders[0]), job_of(orders[1])]
        assert len(theirs.interrupts) == 4


async def test_behind_a_running_job_of_ours_nothing_is_ready_while_they_wait(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with Studio(discord, [theirs], tmp_path) as studio:
        theirs.faults.hang_in = "KSampler"
        first = await studio.order(ALICE)
        await first.message.until(is_running)
        (queued,) = await Owner(theirs.url).queue(1, steps=1)
        await seen(studio, 1)
        second = await studio.order(BOB)
        await second.message.until(says("waiting for 1 image started"))
        assert is_queued(second.message)
        assert len(theirs.submitted) == 2
        theirs.faults.hang_in = None
        await second.message.until(is_done)
        assert theirs.executed == [job_of(first), queued, job_of(second)]


@pytest.mark.parametrize("version", ["0.33.0", "0.3.75"])
async def test_two_bots_with_one_comfyui_are_strangers_to_each_other(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, tmp_path: Path
) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with (
        DiscordStandIn() as elsewhere,
        Studio(discord, [theirs], tmp_path / "one") as one,
        Studio(elsewhere, [theirs], tmp_path / "other") as other,
    ):
        theirs.faults.hang_in = "KSampler"
        first = await one.order(ALICE)
        await first.message.until(is_running)
        second = await other.order(BOB, "a bell")
        await second.message.until(says("Up next · waiting for 1 image started directly in ComfyUI"))
        theirs.faults.hang_in = None
        await second.message.until(is_done)
        assert is_done(await first.message.until(is_done))
        assert not theirs.interrupts


async def test_a_crowd_asks_no_more_of_a_server_than_one_member(
    discord: DiscordStandIn, theirs: ComfyUIStandIn, tmp_path: Path
) -> None:
    looks = Rule("GET /queue", through)
    theirs.faults.rules.append(looks)
    await Owner(theirs.url).queue(2)
    async with Studio(discord, [theirs], tmp_path) as studio:
        await seen(studio, 2)
        first = await studio.order(ALICE)
        await first.message.until(says("Up next · waiting for 2 images"))
        for number in range(20):
            await studio.order(User(f"member {number}"))
        await until(lambda: studio.select("SELECT count(*) FROM jobs WHERE state = 'queued'") == [(20,)])
        before, began_at = len(looks.met), time.monotonic()
        await until(lambda: len(looks.met) >= before + 8)
        # One look a second for all, and those at the prompt that is there: a busy machine makes fewer.
        assert len(looks.met) - before <= 3 * (time.monotonic() - began_at) + 4
