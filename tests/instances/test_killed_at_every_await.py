"""Two processes with one token, of which one is killed at each await of an order's beginning.

Each order is run once, or was never acknowledged. Its member has one message, and an image if they were acknowledged.
"""

import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Interaction
from tests.discord_server.interactions import Act
from tests.looks import is_done
from tests.machines.gateways import PATIENCE, siblings
from tests.people import ALICE
from tests.waiting import until

AWAITS = pytest.mark.parametrize(
    ("where", "stride"), [("begin", 4), ("end", 4), pytest.param("end", 1, marks=pytest.mark.endurance)]
)
"""Between the end of an await and the beginning of the next one, nothing leaves the process: a death at a beginning
leaves behind what a death at one of the two ends around it does, so only every fourth is tried.
"""
ONE_DATABASE = pytest.mark.xdist_group("cut short 0")
"""Several processes on one PostgreSQL use half of its connections, so few of these tests run side by side."""
ENDED = "the handler ended after"

Settle = Callable[[Interaction, bool], Awaitable[None]]
"""Checks what became of an order. Told whether the process was killed."""


async def nothing() -> None:
    """Nothing has to be prepared."""


async def walk(
    victim: BotProcess,
    where: str,
    stride: int,
    order: Callable[[str], Awaitable[Interaction]],
    settle: Settle,
    kind: int = Act.COMMAND,
    prepare: Callable[[], Awaitable[None]] = nothing,
) -> int:
    """Order once for each await, with a process that is killed there, as it handles the first interaction of this
    kind. Returns how many times it was killed. `prepare` is called while the process is away.
    """
    for number in itertools.count(0, stride):
        await victim.kill()
        await prepare()
        ended = victim.log.read_text(errors="replace").count(ENDED)
        await victim.start({"DIE_AT": f"{where} {number} of {kind}"})
        await victim.wait_ready()
        made = await order(f"fox {number}")
        await until(lambda: not victim.running or victim.log.read_text(errors="replace").count(ENDED) > ended)  # noqa: B023
        died = not victim.running
        await settle(made, died)
        if not died:
            return number // stride
    raise AssertionError


def submitted(comfyui: ComfyUIStandIn) -> int:
    return len({body["prompt_id"] for body in comfyui.submitted})


@ONE_DATABASE
@AWAITS
async def test_with_one_database_the_other_takes_over(tmp_path: Path, where: str, stride: int) -> None:
    async with siblings(tmp_path) as two:

        async def order(words: str) -> Interaction:
            two.right.suspend()
            return await two.discord.slash("paint", user=ALICE, prompt=words)

        async def settle(made: Interaction, _died: bool) -> None:
            before.append(len(before))
            two.right.resume()
            await made.acknowledged(PATIENCE)
            await made.message.until(is_done)
            assert submitted(two.comfyui) == len(before)
            assert len(two.discord.messages()) == len(before)

        before: list[int] = []
        assert await walk(two.left, where, stride, order, settle)


@AWAITS
async def test_alone_it_leaves_no_order_half_begun(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, where: str, stride: int
) -> None:
    expected: list[Interaction] = []
    discord.set_answer_deadline(PATIENCE)

    async def settle(made: Interaction, died: bool) -> None:
        if died:
            await bot.start()
            await bot.wait_ready()
        if made.reply is not None:
            expected.append(made)
            await made.message.until(is_done)
        # The next order is behind whatever is left of this one.
        last = await discord.slash("imagine", user=ALICE, prompt="the last one")
        await last.acknowledged(PATIENCE)
        await last.message.until(is_done)
        expected.append(last)
        assert submitted(comfyui) == len(expected)
        assert len(discord.messages()) == len(expected)

    async def order(words: str) -> Interaction:
        return await discord.slash("imagine", user=ALICE, prompt=words)

    assert await walk(bot, where, stride, order, settle)


@AWAITS
async def test_with_a_database_each_the_one_that_discord_lets_answer_runs_it(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, other: BotProcess, where: str, stride: int
) -> None:
    count: list[Interaction] = []
    discord.set_answer_deadline(PATIENCE)

    async def order(words: str) -> Interaction:
        other.suspend()
        return await discord.slash("imagine", user=ALICE, prompt=words)

    async def settle(made: Interaction, died: bool) -> None:
        count.append(made)
        other.resume()
        if died:
            await bot.start()
            await bot.wait_ready()
        await made.acknowledged(PATIENCE)
        await made.message.until(is_done)
        assert submitted(comfyui) == len(count)
        assert len(discord.messages()) == len(count)

    assert await walk(bot, where, stride, order, settle)
