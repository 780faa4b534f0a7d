"""Partner nodes cost the operator's credits: refused unless there is a key and the guild is allowed, then counted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_done, is_failed, says
from tests.people import ALICE
from tests.recovery.studio import Studio
from tests.spending.conftest import OPERATOR, Costs
from tests.spending.test_budget import notices
from tests.waiting import until

KEY = "canary-comfy-partner-key"
REFUSED = "uses partner nodes, which cost credits and aren’t allowed here"


@pytest.fixture(autouse=True)
def partner_nodes(comfyui: ComfyUIStandIn) -> Iterator[None]:
    """The server says that its sampler is one of a partner's."""
    comfyui.faults.partner_nodes.add("KSampler")
    yield
    for body in comfyui.submitted:
        if "extra_data" in body:
            assert body["extra_data"] == {"api_key_comfy_org": KEY}


def studio_with(discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, **settings: str) -> Studio:
    return Studio(discord, [comfyui], folder, {"LOG_LEVEL": "DEBUG", **settings})


def allowed(discord: DiscordStandIn, **more: str) -> dict[str, str]:
    return {"COMFY_PARTNER_KEY": KEY, "PARTNER_GUILDS": str(discord.guild.id), "PARTNER_PRICE": "0.05", **more}


@pytest.mark.parametrize(
    "settings",
    [{}, {"PARTNER_GUILDS": "1"}, {"COMFY_PARTNER_KEY": KEY}, {"COMFY_PARTNER_KEY": KEY, "PARTNER_GUILDS": "1"}],
)
async def test_they_are_refused_without_a_key_or_in_another_guild(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, settings: dict[str, str]
) -> None:
    async with studio_with(discord, comfyui, tmp_path, **settings) as studio:
        await studio.bot.says(" answers")
        refused = await answered(discord.slash("imagine", user=ALICE, prompt="a fox"))
        assert refused.message.ephemeral
        assert REFUSED in refused.message.content
        assert not comfyui.submitted
        assert not studio.states()


async def test_an_allowed_guild_pays_by_the_job_and_nobody_sees_the_key(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, costs: Costs
) -> None:
    async with studio_with(discord, comfyui, tmp_path, **allowed(discord)) as studio:
        await studio.bot.says(" answers")
        order = await studio.order(ALICE)
        await order.message.until(is_done)
        (body,) = comfyui.submitted
        assert body["extra_data"] == {"api_key_comfy_org": KEY}
        booked = "SELECT charged, partner_price, reserved FROM jobs"
        await until(lambda: studio.select(booked) == [(50_000, 50_000, None)])
        told = json.loads((await costs("--json")).out)
        assert told["guilds"] == [{"guild_id": str(discord.guild.id), "runs": 1, "cost": "0.050000"}]
        (image,) = order.message.attachments
        everything = [studio.bot.log.read_text(), str(studio.select("SELECT * FROM jobs")), repr(image.content)]
        everything += [str(request.json) for request in discord.requests]
        assert not [text for text in everything if KEY in text]


async def test_they_wait_for_the_month_when_the_budget_is_spent(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with studio_with(discord, comfyui, tmp_path, **allowed(discord, SPEND_LIMIT="0.05")) as studio:
        await studio.bot.says(" answers")
        first = await studio.order(ALICE)
        await first.message.until(is_done)
        second = await studio.order(ALICE, "a hen")
        await second.message.until(says("This month’s budget is used up. Requests start again <t:"))
        assert len(comfyui.submitted) == 1
        studio.change("UPDATE spending SET month = '1999-12'")
        await second.message.until(is_done, 30)


async def test_operators_hear_that_the_rest_is_too_little_for_partner_nodes(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    more = {"SPEND_LIMIT": "0.08", "OWNER_IDS": str(OPERATOR.id)}
    async with studio_with(discord, comfyui, tmp_path, **allowed(discord, **more)) as studio:
        await studio.bot.says(" answers")
        await answered(discord.slash("queue", user=OPERATOR))
        first = await studio.order(ALICE)
        await first.message.until(is_done)
        assert not notices(discord)
        await (await studio.order(ALICE, "a hen")).message.until(says("budget is used up"))
        await until(lambda: bool(notices(discord)))
        (told,) = notices(discord)
        assert "isn’t enough for the next request**: 0.0500 of 0.0800 spent." in told.content
        assert "Requests that cost money wait until next month" in told.content


async def test_a_guild_that_is_no_longer_allowed_when_its_job_begins(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with studio_with(discord, comfyui, tmp_path) as studio:
        comfyui.faults.partner_nodes.clear()
        await studio.bot.kill()
        await studio.start()
        comfyui.faults.hang_in = "CLIPTextEncode"
        first = await studio.order(ALICE)
        await studio.begun(first)
        # ComfyUI has at most two: the one that hangs, and one that is ready.
        await studio.order(ALICE, "a dog")
        third = await studio.order(ALICE, "a hen")
        # An update of ComfyUI made a partner node of it, while the job waited.
        comfyui.faults.partner_nodes.add("KSampler")
        await studio.bot.kill()
        comfyui.faults.hang_in = None
        await studio.start()
        await third.message.until(is_failed)
        assert "partner nodes, which cost credits" in third.message.text
        assert all("extra_data" not in body for body in comfyui.submitted)
