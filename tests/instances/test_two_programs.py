"""Two programs with one token: each order is run once, by the one that Discord has let answer."""

import json
from pathlib import Path

import aiohttp
import pytest

from bot.instances import read_sighting
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import SILENT, BotProcess, DiscordStandIn, Failure, Interaction, User
from tests.looks import is_done
from tests.people import ALICE
from tests.waiting import until

ORDERS = 8
OWNER = User("owner")
ANSWERS = "/interactions/*/callback"


@pytest.fixture
def settings(free_port: int) -> dict[str, str]:
    return {"OWNER_IDS": str(OWNER.id), "HTTP_PORT": str(free_port)}


async def order(discord: DiscordStandIn, words: str) -> Interaction:
    interaction = await discord.slash("imagine", user=ALICE, prompt=words)
    await interaction.acknowledged()
    return interaction


def taken(discord: DiscordStandIn) -> list[str]:
    """Who was refused a first answer, because it was given already."""
    return [one.process for one in discord.requests if one.path.endswith("/callback") and one.status == 400]


async def test_each_order_is_run_once(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, other: BotProcess
) -> None:
    orders = [await order(discord, f"fox {number}") for number in range(ORDERS)]
    for one in orders:
        await one.message.until(is_done)
    await until(lambda: len(taken(discord)) == ORDERS)
    assert len({body["prompt_id"] for body in comfyui.submitted}) == ORDERS
    assert len(discord.messages()) == ORDERS
    assert bot.running
    assert other.running


async def test_an_answer_that_was_lost_shows_by_its_button_whose_it_is(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, other: BotProcess
) -> None:
    """Both lose the response to their first answer; one of the answers arrived."""
    discord.fail_next("POST", ANSWERS, Failure(500, applied=True), times=2)
    one = await order(discord, "a fox")
    await one.message.until(is_done)
    await until(lambda: "withdrawn" in bot.log.read_text() + other.log.read_text())
    assert len({body["prompt_id"] for body in comfyui.submitted}) == 1
    assert len(discord.messages()) == 1


@pytest.mark.waits
async def test_who_was_killed_before_it_knew_finds_by_the_button_that_it_was_not_first(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, other: BotProcess
) -> None:
    """The other one has written the job down, and is killed while its first answer is on its way."""
    discord.fail_next("POST", ANSWERS, SILENT, times=1, when=lambda request: request.process == "other")
    one = await order(discord, "a fox")
    await one.message.until(is_done)
    await until(lambda: any(request.failed for request in discord.requests))
    await other.kill()
    await other.start()
    await other.wait_ready()
    await other.says("its message can no longer be edited")
    assert len({body["prompt_id"] for body in comfyui.submitted}) == 1
    assert len(discord.messages()) == 1
    assert is_done(one.message)


async def test_the_operator_hears_of_it(
    discord: DiscordStandIn, bot: BotProcess, free_port: int, tmp_path: Path
) -> None:
    discord.fail_next("POST", ANSWERS, Failure(400, code=40060), times=3)
    for number in range(3):
        await discord.slash("imagine", user=OWNER, prompt=f"fox {number}")
    await until(lambda: len(taken(discord)) == 3)
    await until(lambda: len(discord.messages(discord.direct(OWNER))) == 1)
    (notice,) = discord.messages(discord.direct(OWNER))
    assert "Another program has been using this bot’s token since <t:" in notice.content
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{free_port}/healthz") as answer:
        health = json.loads(await answer.text())
    assert (health["status"], set(health["other_program"])) == ("ok", {"since", "last"})
    assert bot.log.read_text(encoding="utf-8").count("another program uses this bot's token") == 1
    sighting = read_sighting(tmp_path / "data")
    assert sighting is not None
    assert sighting.is_current()
