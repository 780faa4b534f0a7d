"""What can run here comes first, in the suggestions of `/imagine workflow:` and in `/workflows`; the rest says why."""

from pathlib import Path
from typing import Any

import pytest

from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, answered
from tests.discord_server.resolving import Value
from tests.looks import says
from tests.people import ALICE, MONA


def manifest(title: str, more: str = "") -> str:
    """The same workflow under another title."""
    return PAINT_MANIFEST.replace('title = "Painting"', f'title = "{title}"\n{more}').replace("default = true", "")


@pytest.fixture
def guilds(guilds: tuple[Guild, ...]) -> tuple[Guild, ...]:
    return (Guild("Studio", guilds[0].channels, MONA.roles), guilds[1])


@pytest.fixture
def folder(folder: Path) -> Path:
    write(folder, "a_lacking", with_model("flux.safetensors"), manifest("A flux of its own"))
    write(folder, "b_night", with_model("first.safetensors"), manifest("By night", "nsfw = true"))
    write(folder, "z_other", with_model("first.safetensors"), manifest("Zebras"))
    return folder


def with_model(name: str) -> dict[str, Any]:
    return PAINT | {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": name}}}


async def test_what_runs_is_offered_first_and_the_rest_with_its_reason(
    discord: DiscordStandIn, bot: BotProcess, guilds: tuple[Guild, ...]
) -> None:
    await bot.says(" answers")
    offered = await discord.autocomplete("imagine", option="workflow", value="", user=ALICE, prompt="a fox")
    assert [(one.name, one.value) for one in offered] == [
        ("Painting", "paint"),
        ("Zebras", "z_other"),
        ("⚠️ By night only works in age-restricted channels", "b_night"),
        ("⚠️ A flux of its own needs the model flux.safetensors in models/checkpoints", "a_lacking"),
    ]
    dark = guilds[0].channels[1]
    offered = await discord.autocomplete(
        "imagine", option="workflow", value="night", user=ALICE, channel=dark, prompt="a fox"
    )
    assert [one.name for one in offered] == ["By night"]
    listed = await answered(discord.slash("workflows", user=ALICE))
    shown = listed.message.content
    titles = ("**Painting**", "**Zebras**", "**Negative**", "**By night**", "**A flux of its own**")
    assert sorted(titles, key=shown.index) == list(titles)
    assert "Can’t run here right now: it needs the model `flux.safetensors`" in shown
    assert "Can’t run here right now: it only works in age-restricted channels." in shown


async def test_what_a_channel_is_not_for_comes_last_there(
    discord: DiscordStandIn, bot: BotProcess, guilds: tuple[Guild, ...]
) -> None:
    await bot.says(" answers")
    place = guilds[0].channels[0]
    given: dict[str, Value] = {"channel": place, "workflows": "z_other"}
    rule = await answered(discord.slash("moderate channels set", user=MONA, channel=place, options=given))
    await rule.message.until(says("only Zebras"))
    offered = await discord.autocomplete("imagine", option="workflow", value="", user=ALICE, prompt="a fox")
    assert offered[0].name == "Zebras"
    assert "⚠️ Painting isn’t allowed in this channel" in [one.name for one in offered]
