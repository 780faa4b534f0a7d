"""Several ComfyUIs: who is given what, when one of them fails or goes away."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_done, is_failed, is_over, is_running
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

OWN_COMMAND = 'title = "Picked"\ncommand = "picked"\n[parameters.prompt]\ntarget = ["positive_prompt.text"]\n'
CHECKPOINT = '[parameters.checkpoint]\ntarget = ["Load Checkpoint.ckpt_name"]\nchoices = "server"\n'


@pytest.fixture
async def one() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("red.safetensors",)) as one:
        yield one


@pytest.fixture
async def other() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(checkpoints=("blue.safetensors",)) as other:
        yield other


async def test_one_that_fails_a_workflow_again_and_again_is_left_out_for_it(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    one.faults.fail["VAEDecode"] = Failure()
    async with Studio(discord, [one, other], tmp_path) as studio:
        # Whichever it goes to: the bad one gets no fourth.
        while len(one.executed) < 3:
            order = await studio.order(ALICE)
            await order.message.until(is_over)
            assert is_failed(order.message) == (job_of(order) in one.executed)
        await until(lambda: list(studio.states().values()).count("failed") == 3)
        orders = [await studio.order(ALICE, f"fox {number}") for number in range(4)]
        for order in orders:
            await order.message.until(is_done)
        assert len(one.executed) == 3
        # There is nobody else any more: rather that one than none.
        await other.stop()
        last = await studio.order(ALICE)
        await last.message.until(is_failed)


async def test_where_all_fail_nobody_waits_for_another(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    for comfyui in (one, other):
        comfyui.faults.fail["VAEDecode"] = Failure()
    async with Studio(discord, [one, other], tmp_path) as studio:
        for _ in range(7):
            await (await studio.order(ALICE)).message.until(is_failed)


async def test_jobs_go_to_the_server_that_has_what_their_member_chose(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    studio = Studio(discord, [one, other], tmp_path)
    packs = tmp_path / "packs"
    (packs / "picked.json").write_text((packs / "text_to_image.json").read_text())
    (packs / "picked.toml").write_text(OWN_COMMAND + CHECKPOINT)
    async with studio:
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(2,)])
        orders = {}
        for number, name in enumerate(("red", "blue") * 3):
            given = {"prompt": f"fox {number}", "checkpoint": f"{name}.safetensors"}
            interaction = await answered(discord.slash("picked", user=(ALICE, BOB)[number % 2], options=given))
            orders[interaction] = name
        for order in orders:
            await order.message.until(is_done)
        assert {job_of(order) for order, name in orders.items() if name == "red"} == set(one.executed)
        assert {job_of(order) for order, name in orders.items() if name == "blue"} == set(other.executed)


async def test_a_server_without_the_chosen_model_makes_no_wait_look_shorter(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    studio = Studio(discord, [one, other], tmp_path)
    (studio.packs / "picked.json").write_text((studio.packs / "text_to_image.json").read_text())
    (studio.packs / "picked.toml").write_text(OWN_COMMAND + CHECKPOINT)
    one.faults.hang_in = "KSampler"
    async with studio:
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(2,)])
        red = {"prompt": "a fox", "checkpoint": "red.safetensors"}
        first = await answered(discord.slash("picked", user=ALICE, options=red))
        await first.message.until(is_running)
        studio.change("UPDATE jobs SET cost = 6000")
        asked_at = time.time()
        second = await answered(discord.slash("picked", user=BOB, options=red))
        ready = re.search(r"ready <t:(\d+):R>", second.message.content)
        assert ready is not None, second.message.content
        assert int(ready[1]) > asked_at + 4000, "the other server would halve it, and cannot take it"


async def test_a_job_whose_server_is_gone_for_long_goes_to_another(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    await other.stop()
    async with Studio(discord, [one, other], tmp_path) as studio:
        one.faults.hang_in = "KSampler"
        order = await studio.order(ALICE)
        await order.message.until(is_running)
        await studio.bot.kill()
        await one.stop()
        await other.start()
        await studio.start()
        after = await studio.order(BOB)
        await after.message.until(is_done)
        assert other.executed == [job_of(after)], "its own server may have it still"
        # A minute is over.
        studio.change("UPDATE jobs SET bound_until = bound_until - 60 WHERE state = 'queued'")
        await (await studio.order(BOB, "a bell")).message.until(is_done)
        await order.message.until(is_done)
        assert job_of(order) in other.executed


async def test_the_servers_share_the_line(
    discord: DiscordStandIn, one: ComfyUIStandIn, other: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with Studio(discord, [one, other], tmp_path) as studio:
        orders = await asyncio.gather(*(studio.order(ALICE, f"fox {number}") for number in range(8)))
        for order in orders:
            await order.message.until(is_done)
        assert sorted(studio.executed()) == sorted(map(job_of, orders))
        assert one.executed
        assert other.executed
