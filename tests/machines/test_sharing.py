"""Two gateways, a shard each, and three workers, a ComfyUI each, at work for the same members on one PostgreSQL."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.administering.conftest import json_file, make_live
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import CHECKPOINT, txt2img
from tests.discord_server import BotProcess, Guild, Interaction, Permission, Role, User, answered
from tests.looks import is_done, is_running, says
from tests.machines.cluster import EVEN, ODD, Cluster, at_work, cluster
from tests.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("machines")]

LONG_LEASE = 60.0
"""What is heard in time is heard by NOTIFY, and not at the next renewal."""
USERS = [User(f"user {number}") for number in range(12)]
ADA = User("ada", roles=(Role("admins", Permission.MANAGE_GUILD),))


@dataclass(frozen=True, slots=True)
class Studio:
    machines: Cluster
    gateways: tuple[BotProcess, ...]
    workers: tuple[BotProcess, ...]
    servers: tuple[ComfyUIStandIn, ...]

    async def paint(self, user: User, guild: Guild, steps: int = 3) -> Interaction:
        """`/paint`, answered."""
        channel = guild.channels[0]
        return await answered(
            self.machines.discord.slash("paint", user=user, channel=channel, prompt="a cat", steps=steps)
        )


async def knows(gateway: BotProcess, servers: int) -> None:
    """Until the gateway has heard from the workers what so many servers have."""
    await until(lambda: gateway.log.read_text().count("another process runs jobs on") == servers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    folder: Path = tmp_path_factory.mktemp("studio")
    async with contextlib.AsyncExitStack() as stack:
        machines = await stack.enter_async_context(cluster(folder))
        checkpoints = (CHECKPOINT, "other.safetensors")
        servers = [
            await stack.enter_async_context(ComfyUIStandIn(steps_per_second=10, checkpoints=checkpoints))
            for _ in range(3)
        ]
        processes = [machines.gateway(shard, lease=LONG_LEASE) for shard in range(2)]
        processes += [
            machines.worker(f"worker {number}", server, lease=LONG_LEASE) for number, server in enumerate(servers)
        ]
        for process in processes:
            await stack.enter_async_context(process)
        gateways, workers = processes[:2], processes[2:]
        for gateway in gateways:
            await gateway.wait_ready()
            await knows(gateway, len(servers))
        for worker in workers:
            await at_work(worker)
        yield Studio(machines, tuple(gateways), tuple(workers), tuple(servers))


async def test_orders_of_both_shards_are_shared_over_all_servers(studio: Studio) -> None:
    before = [len(server.executed) for server in studio.servers]
    orders = await asyncio.gather(
        *(studio.paint(user, guild) for user, guild in zip(USERS, itertools.cycle((EVEN, ODD)), strict=False))
    )
    for order in orders:
        await order.message.until(is_done)
    made = [len(server.executed) - already for server, already in zip(studio.servers, before, strict=True)]
    assert sum(made) == len(orders)
    assert max(made) - min(made) <= 2
    answered = Counter(
        (one.process, order.channel.name)
        for order in orders
        for one in studio.machines.discord.requests
        if one.path.startswith(f"/interactions/{order.id}/")
    )
    assert {process for process, _ in answered} == {"gateway-0", "gateway-1"}
    finished = {one.process for one in studio.machines.discord.requests if one.files}
    assert finished == {"worker-0", "worker-1", "worker-2"}


async def test_no_job_waits_behind_another_while_a_server_has_nothing_to_do(studio: Studio) -> None:
    for _ in range(2):
        before = [len(server.submitted) for server in studio.servers]
        orders = [await studio.paint(user, EVEN, steps=12) for user in USERS[:3]]
        for order in orders:
            await order.message.until(is_done)
        made = [len(server.submitted) - already for server, already in zip(studio.servers, before, strict=True)]
        assert made == [1, 1, 1]


async def test_a_gateway_that_reaches_no_server_knows_what_they_have(studio: Studio) -> None:
    for guild in (EVEN, ODD):
        choices = await studio.machines.discord.autocomplete(
            "paint", option="checkpoint", value="", user=USERS[0], channel=guild.channels[0], prompt="x"
        )
        assert [choice.name for choice in choices] == [CHECKPOINT, "other.safetensors"]


async def test_a_workflow_added_at_one_process_runs_at_the_others(studio: Studio) -> None:
    discord = studio.machines.discord
    await make_live(discord, ADA, json_file("foxes.json", txt2img(prompt_text="a fox")))
    (choice,) = await discord.autocomplete("imagine", option="workflow", value="foxes", user=USERS[0], prompt="x")
    orders = [
        await discord.slash("imagine", user=user, prompt="a fox", workflow=str(choice.value)) for user in USERS[:3]
    ]
    for order in orders:
        await order.acknowledged()
        await order.message.until(is_done)


async def test_a_cancellation_reaches_the_worker_at_once(studio: Studio) -> None:
    order = await studio.paint(USERS[0], ODD, steps=500)
    await order.message.until(is_running)
    await answered(studio.machines.discord.press(order.message, "Cancel", user=USERS[0]))
    await order.message.until(says("🛑"), 10)
    async with aiohttp.ClientSession() as session:

        async def idle() -> bool:
            queues = [await (await session.get(f"{server.url}/queue")).json() for server in studio.servers]
            return not any(queue["queue_running"] for queue in queues)

        await until(idle)


async def test_one_process_shows_the_line(studio: Studio) -> None:
    orders = [await studio.paint(user, EVEN, steps=10) for user in USERS]
    for order in orders:
        await order.message.until(is_done)
    tokens = {order.token for order in orders}
    edits = [
        (one.process, one.path, one.json["content"])
        for one in studio.machines.discord.requests
        if one.method == "PATCH" and any(token in one.path for token in tokens)
    ]
    places = [(process, path, content) for process, path, content in edits if "in line" in content]
    assert places
    assert len({process for process, _, _ in places}) == 1
    assert len({(path, content) for _, path, content in places}) == len(places)


async def test_a_worker_only_dials_out(studio: Studio) -> None:
    for worker in studio.workers:
        assert not _listening(worker.pid)


def _listening(pid: int) -> set[str]:
    """The inodes of the sockets on which a process waits for others."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            inodes.add(str(link.readlink()))
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return {row[9] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes}
