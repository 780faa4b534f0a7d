"""A worker dies, is stopped or cut off while it works: another one goes on, and it is kept off when it comes back."""

import contextlib
import os
import signal
from collections.abc import AsyncIterator

from bot.ledger import Job, JobState
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Message, User
from tests.looks import is_done, is_running
from tests.machines.cluster import Cluster, at_work, deliveries
from tests.relay import Relay
from tests.waiting import until

ALICE, BOB = User("alice"), User("bob")


@contextlib.asynccontextmanager
async def under_way(
    machines: Cluster, comfyui: ComfyUIStandIn, first: BotProcess
) -> AsyncIterator[tuple[Job, Message, BotProcess]]:
    """A job that the first worker has begun to show, and a second one that looks after the same server as well."""
    await at_work(first)
    comfyui.faults.hang_in = "VAEDecode"
    job, message = await machines.order(ALICE, steps=10)
    await message.until(is_running)
    async with machines.worker("second", comfyui) as second:
        await at_work(second)
        yield job, message, second


async def replaced(machines: Cluster, comfyui: ComfyUIStandIn, job: Job, message: Message) -> None:
    """The second one brings the job to its end, where it runs."""

    async def taken_over() -> bool:
        known = await machines.ledger.job(job.id)
        return known is not None and known.epoch == 2

    await until(taken_over)
    comfyui.faults.hang_in = None
    await message.until(is_done)
    ended = await machines.until_state(job, JobState.DONE)
    assert (ended.epoch, ended.takeovers) == (2, 1)
    assert comfyui.executed == [job.id]
    assert deliveries(message) == 1


async def test_a_killed_worker_is_replaced(machines: Cluster) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=10) as comfyui,
        machines.worker("first", comfyui) as first,
        under_way(machines, comfyui, first) as (job, message, _),
    ):
        await first.kill()
        await replaced(machines, comfyui, job, message)


async def test_a_stopped_worker_is_replaced_and_writes_nothing_when_it_wakes(machines: Cluster) -> None:
    async with ComfyUIStandIn(steps_per_second=10) as comfyui, machines.worker("first", comfyui) as first:
        async with under_way(machines, comfyui, first) as (job, message, second):
            os.kill(first.pid, signal.SIGSTOP)
            try:
                await replaced(machines, comfyui, job, message)
            finally:
                before = len(machines.discord.requests)
                os.kill(first.pid, signal.SIGCONT)
            await fenced_off(machines, first, second, comfyui, before)
        assert is_done(message)


async def test_a_worker_cut_off_from_the_database_is_replaced_and_kept_off(machines: Cluster) -> None:
    async with ComfyUIStandIn(steps_per_second=10) as comfyui, Relay.to(machines.database_url) as relay:
        url = relay.url(machines.database_url)
        async with machines.worker("first", comfyui, database_url=url) as first:
            async with under_way(machines, comfyui, first) as (job, message, second):
                relay.silence()
                try:
                    await replaced(machines, comfyui, job, message)
                finally:
                    before = len(machines.discord.requests)
                    relay.restore()
                await fenced_off(machines, first, second, comfyui, before)
            assert is_done(message)


async def fenced_off(
    machines: Cluster, first: BotProcess, second: BotProcess, comfyui: ComfyUIStandIn, before: int
) -> None:
    """The first one learns that it has lost its job, says nothing more of it, and works on with new ones."""
    await first.says("another process has taken it over")
    await second.terminate()
    job, message = await machines.order(BOB)
    await message.until(is_done)
    assert comfyui.executed[-1] == job.id
    late = {one.path for one in machines.discord.requests[before:] if one.process == "first"}
    assert late == {f"/webhooks/{job.application_id}/{job.interaction_token}/messages/@original"}
