"""Gateways that come and go under load: no command goes without an answer, no image is lost or made twice."""

import asyncio
import random
import time
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from tests.discord_server import BotProcess
from tests.machines.gateways import ALARM, siblings
from tests.machines.load import Load, load
from tests.ports import free_port
from tests.waiting import until

LONG = pytest.mark.parametrize("seconds", [4, pytest.param(40, marks=pytest.mark.endurance)])
"""How long members use commands."""


async def healthy(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/healthz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def check(load: Load) -> None:
    await load.ended()
    assert load.unanswered == []
    assert load.run_twice == 0
    assert load.messages
    assert ALARM not in load.two.logs()


async def until_enough(made: Load, seconds: float) -> None:
    """Until members have used commands for so long."""
    await until(lambda: len(made.requests) >= 5 * seconds, 3 * seconds + 30)


@LONG
async def test_a_rolling_restart_leaves_no_command_unanswered(tmp_path: Path, seconds: int) -> None:
    """As docs/scaling.md says: start the new one, wait until it is healthy, stop the old one."""
    async with siblings(tmp_path) as two:
        await two.right.terminate()
        old, new = two.left, two.right
        async with load(two) as made:
            began, rolled = time.monotonic(), 0
            while rolled < 2 or time.monotonic() - began < seconds:
                port = free_port()
                await new.start({"HTTP_PORT": str(port)})
                await until(partial(healthy, port))
                assert await old.terminate() == 0
                old, new = new, old
                rolled += 1
            await until_enough(made, min(seconds, 4))
        await check(made)
        assert {"left", "right"} <= made.answered_by().keys()


@LONG
async def test_one_of_two_is_killed_at_random(tmp_path: Path, seconds: int) -> None:
    async with siblings(tmp_path) as two:
        chance = random.Random(24)
        async with load(two) as made:
            began, kills = time.monotonic(), 0
            while not kills or time.monotonic() - began < seconds:
                await asyncio.sleep(chance.uniform(0.2, 1.5))
                await restarted(chance.choice([two.left, two.right]))
                kills += 1
            await until_enough(made, min(seconds, 4))
        await check(made)
        assert kills


async def restarted(gateway: BotProcess) -> None:
    """Killed, started again, and ready for members."""
    await gateway.kill()
    await gateway.start()
    await gateway.wait_ready()
