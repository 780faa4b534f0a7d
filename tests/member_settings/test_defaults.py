"""A member's defaults fill in what /imagine was not given, and what it was given goes first."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import picture
from tests.discord_server import BotProcess, DiscordStandIn, File, Guild, Interaction, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.member_settings.conftest import OTHER_MODEL
from tests.people import ALICE, BOB
from tests.programs import heard

DEFAULTS: Final[Mapping[str, Value]] = {
    "model": "other",
    "size": "128x64",
    "count": 3,
    "negative": "rain",
    "private": True,
}
EXPLICIT: Final[Mapping[str, Value]] = {
    "model": "tiny",
    "size": "64x128",
    "count": 2,
    "negative": "snow",
    "private": False,
}


async def set_up(discord: DiscordStandIn, user: User = ALICE, /, **settings: Value) -> str:
    """Their settings, as /settings shows them afterwards."""
    interaction = await answered(discord.slash("settings", user=user, options=settings))
    assert interaction.message.ephemeral
    return interaction.message.content


async def imagine(discord: DiscordStandIn, user: User = ALICE, /, **options: Value) -> Interaction:
    interaction = await answered(discord.slash("imagine", user=user, options={"prompt": "a fox", "seed": 1, **options}))
    await interaction.message.until(is_done)
    return interaction


def drawn(comfyui: ComfyUIStandIn) -> dict[str, Any]:
    """What the newest graph of the workflow with a checkpoint says about each default."""
    graph = comfyui.submitted[-1]["prompt"]
    latent = graph["5"]["inputs"]
    return {
        "model": graph["4"]["inputs"]["ckpt_name"],
        "size": f"{latent['width']}x{latent['height']}",
        "count": latent["batch_size"],
        "negative": graph["7"]["inputs"]["text"],
    }


@pytest.fixture
def settings() -> dict[str, str]:
    return {"DIRECT_MESSAGES": "on"}


async def test_each_default_arrives_and_an_explicit_option_wins(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    await set_up(discord, **DEFAULTS)
    first = await imagine(discord)
    assert first.message.ephemeral
    assert drawn(comfyui) == {"model": OTHER_MODEL, "size": "128x64", "count": 3, "negative": "rain"}
    second = await imagine(discord, **EXPLICIT)
    assert not second.message.ephemeral
    tiny = "tiny-random-sd15.safetensors"
    assert drawn(comfyui) == {"model": tiny, "size": "64x128", "count": 2, "negative": "snow"}
    other = await imagine(discord, BOB)
    assert not other.message.ephemeral
    assert drawn(comfyui) == {"model": tiny, "size": "128x128", "count": 1, "negative": ""}
    assert [one.followups for one in (first, second, other)] == [[], [], []]


async def test_a_shape_has_the_size_that_suits_the_default_model(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    await set_up(discord, model=OTHER_MODEL)
    await imagine(discord, size="square")
    assert drawn(comfyui)["size"] == "1024x1024"


async def test_a_default_workflow_is_used_and_completed_for_and_takes_what_it_has(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    await set_up(discord, workflow="sketch", count=4, negative="rain", size="128x64")
    done = await imagine(discord)
    tiny = "tiny-random-sd15.safetensors"
    assert drawn(comfyui) == {"model": tiny, "size": "128x64", "count": 2, "negative": ""}
    assert done.followups == []
    counts = await discord.autocomplete("imagine", option="count", value="", user=ALICE)
    assert [one.value for one in counts] == [1, 2]
    counts = await discord.autocomplete("imagine", option="count", value="", user=BOB)
    assert [one.value for one in counts] == [1, 2, 3, 4]
    await imagine(discord, workflow="paint")
    assert drawn(comfyui) == {"model": tiny, "size": "128x64", "count": 4, "negative": "rain"}


async def test_what_is_gone_is_not_used_and_said(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, tmp_path: Path
) -> None:
    await heard(bot.log)
    await set_up(discord, workflow="sketch", model=OTHER_MODEL, negative="rain")
    with sqlite3.connect(tmp_path / "data" / "darkroom.db") as database:
        (settings,) = database.execute("SELECT settings FROM preferences").fetchone()
        gone = json.loads(settings) | {"workflow": "gone", "model": "gone.safetensors", "from": "a newer version"}
        database.execute("UPDATE preferences SET settings = ?", [json.dumps(gone)])
    refused = await answered(discord.slash("imagine", user=ALICE, prompt="   "))
    assert "Please fill in" in refused.message.content
    done = await imagine(discord)
    assert drawn(comfyui)["negative"] == "rain"
    assert drawn(comfyui)["model"] == "tiny-random-sd15.safetensors"
    told = await done.followup()
    assert told.ephemeral
    assert "`workflow` “Gone” isn’t available any more" in told.content
    assert "`model` “gone.safetensors” isn’t available any more" in told.content
    assert not refused.followups, "what no request uses is not spoken of"
    assert "`/settings`" in told.content


async def test_a_model_of_another_workflow_is_not_gone(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    await set_up(discord, model=OTHER_MODEL)
    done = await imagine(discord, workflow="sketch")
    assert drawn(comfyui)["model"] == "tiny-random-sd15.safetensors"
    assert done.followups == []


async def test_a_default_workflow_that_cannot_run_gives_way_and_says_why(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    await set_up(discord, workflow="flux")
    done = await imagine(discord)
    told = await done.followup()
    assert "“Like FLUX” needs the node `UNETLoader`" in told.content
    assert "so I used another one" in told.content
    assert drawn(comfyui)["count"] == 1


async def test_another_guild_and_direct_messages_have_defaults_of_their_own(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, gallery: Guild
) -> None:
    await heard(bot.log)
    await set_up(discord, negative="rain")
    for place in (gallery.channels[0], discord.direct(ALICE)):
        interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox", channel=place))
        await interaction.message.until(is_done)
        assert drawn(comfyui)["negative"] == ""


async def test_a_workflows_own_command_is_private_as_well(discord: DiscordStandIn, bot: BotProcess) -> None:
    await set_up(discord, private=True)
    given = File("a.png", picture(Image.new("RGB", (8, 8))))
    for private, ephemeral in ((None, True), (False, False)):
        more: dict[str, Value] = {} if private is None else {"private": private}
        interaction = await answered(discord.slash("upscale", user=ALICE, options={"image": given, **more}))
        await interaction.message.until(is_done)
        assert interaction.message.ephemeral is ephemeral


@pytest.mark.parametrize("killed", [False, True])
async def test_they_outlive_the_bot_and_one_or_all_can_be_reset(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, killed: bool
) -> None:
    await heard(bot.log)
    await set_up(discord, **DEFAULTS)
    if killed:
        await bot.kill()
        await bot.start()
        await bot.wait_ready()
    await set_up(discord, reset="negative", private=False)
    await imagine(discord)
    assert drawn(comfyui) == {"model": OTHER_MODEL, "size": "128x64", "count": 3, "negative": ""}
    await set_up(discord, reset="all")
    await imagine(discord)
    assert drawn(comfyui)["count"] == 1
