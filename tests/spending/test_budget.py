"""SPEND_LIMIT holds the queue before it is passed, and everybody hears what they need to know."""

import re
import time

from bot.ledger.spending.months import next_month
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Message, answered
from tests.grid.asking import is_complete, start
from tests.looks import is_done, is_queued, says
from tests.monitoring.test_over_http import figures
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio
from tests.runpod_server import RunPodStandIn
from tests.spending.conftest import OPERATOR, Opening
from tests.waiting import until


async def fill_budget(studio: Studio) -> None:
    """Another job has cost so much that nothing is left."""
    await until(lambda: studio.select("SELECT count(*) FROM spending") == [(1,)])
    studio.change("UPDATE spending SET cost = 10000000000")


def notices(discord: DiscordStandIn) -> list[Message]:
    return [message for message in discord.messages(discord.direct(OPERATOR)) if "💸" in message.content]


async def test_what_waits_says_until_when_and_the_operator_hears_it_once(
    paying: Opening, runpod: RunPodStandIn, discord: DiscordStandIn, free_port: int
) -> None:
    async with paying(SPEND_LIMIT="10000", HTTP_PORT=str(free_port)) as studio:
        await answered(discord.slash("queue", user=OPERATOR))
        first = await studio.order(ALICE)
        await first.message.until(is_done)
        await fill_budget(studio)
        second = await studio.order(BOB, "a hen")
        begins = f"<t:{int(next_month(time.time()))}:D>"
        told = f"This month’s budget is used up. Requests start again {begins}; your place is kept."
        await second.message.until(says(told))
        assert is_queued(second.message)
        assert not re.search(r"ready (in|about)", second.message.content), "nothing is promised"
        listed = await answered(discord.slash("queue", user=ALICE))
        assert "This month’s budget is used up" in listed.message.content
        # The next one reads it in the first reply.
        third = await studio.order(ALICE, "a cow")
        assert told in third.message.states[0].content
        # A grid says it as well.
        sheet = await start(discord, ALICE, {"x": "steps 1, 2"})
        assert f"-# {told}" in sheet.states[-1].content
        await studio.bot.says("100% of SPEND_LIMIT is spent")
        await until(lambda: bool(notices(discord)))
        (direct,) = notices(discord)
        assert "**This month’s budget is spent**: 10,000.00 of 10,000.00." in direct.content
        found = await figures(free_port)
        ((guild_id,),) = studio.select("SELECT guild_id FROM spending")
        assert found[f"darkroom_month_cost,{guild_id}"] == 10000
        assert found["darkroom_month_server_cost,runpod://abc123"] == 10000
        # Neither a restart nor another day is a reason to say it again.
        await studio.restart()
        await third.message.until(says(told))
        await sheet.until(says(told))
        assert len(runpod.accepted) == 1
        assert notices(discord) == [direct]
        # A new month, or a higher limit.
        studio.change("UPDATE spending SET month = '1999-12'")
        await second.message.until(is_done, 30)
        await third.message.until(is_done)
        await sheet.until(is_complete)


async def test_four_fifths_are_told_too(paying: Opening, discord: DiscordStandIn) -> None:
    async with paying(SPEND_LIMIT="12000") as studio:
        await answered(discord.slash("queue", user=OPERATOR))
        order = await studio.order(ALICE)
        await order.message.until(is_done)
        await fill_budget(studio)
        await studio.bot.says("80% of SPEND_LIMIT is spent")
        await until(lambda: any("**80%" in one.content for one in notices(discord)))


async def test_operators_hear_that_the_rest_is_too_little_and_that_a_higher_limit_is_spent_too(
    paying: Opening, discord: DiscordStandIn, runpod: RunPodStandIn
) -> None:
    async with paying(SPEND_LIMIT="10000") as studio:
        await answered(discord.slash("queue", user=OPERATOR))
        first = await studio.order(ALICE)
        await first.message.until(is_done)
        await until(lambda: studio.select("SELECT count(*) FROM spending") == [(1,)])
        studio.change("UPDATE spending SET cost = 9999000000")
        await (await studio.order(BOB, "a hen")).message.until(says("budget is used up"))
        said = "isn’t enough for the next request**: 9,999.00 of 10,000.00 spent."
        await until(lambda: any(said in one.content for one in notices(discord)))
        await studio.bot.kill()
        await studio.bot.start({"SPEND_LIMIT": "10001"})
        await until(lambda: any("9,999.00 of 10,001.00" in one.content for one in notices(discord)))
    assert len(runpod.accepted) == 1


async def test_servers_that_cost_nothing_serve_as_always(
    paying: Opening, runpod: RunPodStandIn, comfyui: ComfyUIStandIn
) -> None:
    urls = f"runpod://abc123,{comfyui.url}"
    async with paying(SPEND_LIMIT="0", COMFYUI_URLS=urls) as studio:
        for number in range(3):
            order = await studio.order(ALICE, f"fox {number}")
            await order.message.until(is_done)
            assert not any("budget" in state.content for state in order.message.states)
        assert not runpod.accepted
        assert studio.select("SELECT count(*) FROM spending") == [(0,)]
