"""More members than connections: nothing that is held long takes what has to go through."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, User
from tests.looks import is_done
from tests.recovery.studio import Studio, job_of
from tests.server_blamed import BLAMED
from tests.waiting import until

FEW_FILES = 256
MEMBERS = 72
"""Many more than the 48 connections to Discord that so few files leave."""


@pytest.fixture
async def studio(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> AsyncIterator[Studio]:
    """Its bot may have few files open, and may not ask for more."""
    command = ("sh", "-c", f"ulimit -n {FEW_FILES} && exec {sys.executable} -m bot")
    async with Studio(discord, [comfyui], tmp_path, command=command) as studio:
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(1,)])
        yield studio


async def test_every_member_of_a_crowd_gets_an_image(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    orders = await asyncio.gather(*(studio.order(User(f"member {number}")) for number in range(MEMBERS)))
    await until(lambda: all(is_done(order.message) for order in orders), 120)
    assert sorted(comfyui.executed) == sorted(map(job_of, orders))
    said = [state.content for order in orders for state in order.message.states]
    assert not [content for content in said if BLAMED.search(content)]


async def test_edits_that_discord_does_not_answer_keep_no_order_from_being_answered(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    # More messages to keep true than the bot has connections to Discord.
    orders = [await studio.order(User(f"member {number}")) for number in range(MEMBERS)]
    discord.faults.holds = lambda request: request.method == "PATCH"
    comfyui.faults.hang_in = None
    await until(lambda: len(comfyui.executed) >= MEMBERS)
    await studio.order(User("late"))
    discord.faults.holds = None
    await until(lambda: all(is_done(order.message) for order in orders), 120)
