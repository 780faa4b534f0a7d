"""Each job's cost is booked once, whatever its end and whatever happens in between."""

import json

import pytest

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn
from tests.looks import is_cancelled, is_done, is_failed, is_stopping
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture
from tests.runpod_server import RunPodStandIn
from tests.spending.conftest import Costs, Opening, execution_cost
from tests.waiting import until

_SPENT = "SELECT coalesce(sum(cost), 0), coalesce(sum(runs), 0) FROM spending"


async def booked(studio: Studio, runs: int) -> int:
    """What is booked in all, once so many runs are, and every job that is over shows its own part of it."""
    await until(lambda: studio.select(_SPENT)[0][1] == runs)
    ((cost, _),) = studio.select(_SPENT)
    assert studio.select("SELECT sum(charged) FROM jobs") == [(cost,)]
    assert studio.select("SELECT count(*) FROM jobs WHERE reserved IS NOT NULL") == [(0,)]
    return int(cost)


async def test_a_job_costs_what_the_service_says(paying: Opening, runpod: RunPodStandIn) -> None:
    async with paying() as studio:
        order = await studio.order(ALICE)
        await order.message.until(is_done)
        assert await booked(studio, 1) == execution_cost(runpod)


async def test_the_job_that_wakes_a_worker_pays_for_its_start(paying: Opening, runpod: RunPodStandIn) -> None:
    runpod.sleep()
    async with paying() as studio:
        order = await studio.order(ALICE)
        await order.message.until(is_done)
        (job,) = runpod.jobs.values()
        told = job.told()
        assert await booked(studio, 1) == (told["executionTime"] + told["delayTime"]) * 1_000_000


async def test_failed_and_cancelled_jobs_cost_as_well(
    paying: Opening, runpod: RunPodStandIn, comfyui: ComfyUIStandIn, discord: DiscordStandIn
) -> None:
    async with paying() as studio:
        comfyui.faults.fail["KSampler"] = Failure()
        failed = await studio.order(ALICE)
        await failed.message.until(is_failed)
        assert await booked(studio, 1) == execution_cost(runpod)
        comfyui.faults.fail.clear()
        comfyui.faults.hang_in = "KSampler"
        cancelled = await studio.order(BOB, "a hen")
        await until(lambda: len(runpod.began) == 2)
        await (await discord.press(cancelled.message, "Cancel", user=BOB)).acknowledged()
        await cancelled.message.until(is_cancelled)
        assert await booked(studio, 2) == execution_cost(runpod)
        assert studio.select("SELECT count(*) FROM jobs WHERE charged > 0") == [(2,)]


async def test_what_was_cancelled_before_it_began_costs_nothing(
    paying: Opening, runpod: RunPodStandIn, discord: DiscordStandIn
) -> None:
    runpod.wakes_after = 10**6
    runpod.sleep()
    async with paying() as studio:
        order = await studio.order(ALICE)
        await until(lambda: bool(runpod.accepted))
        await (await discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
        await order.message.until(is_cancelled)
        assert studio.select(_SPENT) == [(0, 0)]
        await until(lambda: studio.select("SELECT reserved FROM jobs") == [(None,)])


@pytest.mark.parametrize("moment", ["while it runs", "when its message shows it", "when the bot knows no id"])
async def test_a_bot_that_is_killed_books_it_once(
    paying: Opening, runpod: RunPodStandIn, comfyui: ComfyUIStandIn, discord: DiscordStandIn, moment: str
) -> None:
    async with paying() as studio:
        match moment:
            case "while it runs":
                comfyui.faults.hang_in = "KSampler"
            case "when its message shows it":
                discord.faults.holds = brings_picture
            case _:
                runpod.faults.held = "/run"
        order = await studio.order(ALICE)
        await until(lambda: bool(studio.deliveries(order) if moment == "when its message shows it" else runpod.began))
        if moment == "while it runs":
            # Its id is written down a moment after RunPod begins.
            await until(lambda: '""' not in studio.select("SELECT sent FROM jobs")[0][0])
        await studio.bot.kill()
        comfyui.faults.hang_in = discord.faults.holds = runpod.faults.held = None
        await studio.start()
        if moment == "when the bot knows no id":
            # Nobody can tell: what was reserved for it counts, which is the guess of 10 seconds for such a job.
            await order.message.until(is_failed)
            assert await booked(studio, 1) >= 1_000_000
        else:
            await order.message.until(is_done)
            assert await booked(studio, 1) == execution_cost(runpod)
        assert len(runpod.began) == 1


async def test_a_job_that_is_given_up_runs_for_nobody_no_longer_and_is_booked(
    paying: Opening, runpod: RunPodStandIn, comfyui: ComfyUIStandIn
) -> None:
    async with paying() as studio:
        comfyui.faults.hang_in = "KSampler"
        order = await studio.order(ALICE)
        await until(lambda: bool(runpod.began) and '""' not in studio.select("SELECT sent FROM jobs")[0][0])
        await studio.bot.kill()
        studio.change("UPDATE jobs SET takeovers = 100")
        await studio.start()
        await order.message.until(is_failed)
        assert "restart too often" in order.message.content
        assert [job.told()["status"] for job in runpod.jobs.values()] == ["CANCELLED"]
        assert await booked(studio, 1) == execution_cost(runpod) > 0


async def test_without_a_figure_the_seconds_are_counted(
    discord: DiscordStandIn, paying: Opening, comfyui: ComfyUIStandIn
) -> None:
    """A rented machine with a ComfyUI of its own."""
    prices = f"{comfyui.url} => 1000"
    async with paying(COMFYUI_URLS=comfyui.url, PRICE_PER_SECOND=prices) as studio:
        comfyui.faults.hang_in = "KSampler"
        order = await studio.order(ALICE)
        await until(lambda: studio.select("SELECT count(*) FROM jobs WHERE begun_at IS NOT NULL") == [(1,)])
        await (await discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
        await order.message.until(is_stopping)
        comfyui.faults.hang_in = None
        await order.message.until(is_cancelled)
        cost = await booked(studio, 1)
        ((counted,),) = studio.select("SELECT finished_at - begun_at FROM jobs")
        assert 0 < cost <= (counted + 1) * 1_000_000_000


async def test_the_operator_sees_what_a_month_has_cost(paying: Opening, costs: Costs) -> None:
    async with paying() as studio:
        for user in (ALICE, BOB):
            order = await studio.order(user)
            await order.message.until(is_done)
        cost = await booked(studio, 2)
        ((month, guild_id),) = studio.select("SELECT DISTINCT month, guild_id FROM spending")
        told = json.loads((await costs("--json", SPEND_LIMIT="")).out)
        amount = f"{cost / 1_000_000:.6f}"
        assert told == {
            "month": month,
            "time_zone": "UTC",
            "cost": amount,
            "runs": 2,
            "reserved": "0.000000",
            "limit": None,
            "guilds": [{"guild_id": str(guild_id), "runs": 2, "cost": amount}],
            "servers": [{"server": "runpod://abc123", "runs": 2, "cost": amount}],
            "workflows": [{"workflow": "text_to_image", "runs": 2, "cost": amount}],
        }
        table = (await costs(SPEND_LIMIT="99")).out
        assert table.endswith("(idle timeout, active workers). See its bill.\n")
        assert f"Costs in {month} (UTC): {cost / 1_000_000:,.2f} of 99.00 (SPEND_LIMIT)" in table
        assert "runpod://abc123" in table
        before = (await costs("--month", "1999-12")).out
        assert before.split() == ["Costs", "in", "1999-12", "(UTC):", "0.00"]
        assert (await costs("--month", "May")).code == 2


async def test_costs_of_a_database_that_is_not_there(costs: Costs) -> None:
    told = await costs()
    assert told.code == 1
    assert "Start the bot once" in told.err
