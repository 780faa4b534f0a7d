"""The shipped packs as members meet them: the whole program between a Discord and a ComfyUI."""

from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import opened, picture
from tests.discord_server import DiscordStandIn, answered
from tests.discord_server.requests import File
from tests.looks import finished
from tests.packs.shipped import PACKS
from tests.people import ALICE

pytestmark = pytest.mark.usefixtures("bot")


def attached(size: tuple[int, int] = (320, 240)) -> File:
    return File("mine.png", picture(Image.new("RGB", size, (200, 120, 0))))


async def test_every_pack_has_its_command_and_discord_takes_it(discord: DiscordStandIn) -> None:
    found: dict[str, dict[str, Any]] = {command["name"]: command for command in discord.commands()}
    for pack in PACKS.values():
        if pack.command is not None:
            options = found[pack.command]["options"]
            assert [option["name"] for option in options] == [*pack.offered, "private"]
            described = [option["description"] for option in options[:-1]]
            assert described == [one.description for one in pack.offered.values()]
    assert discord.violations == []


async def test_a_card_comes_without_any_option(discord: DiscordStandIn) -> None:
    message = await finished(discord.slash("card", user=ALICE))
    (made,) = message.attachments
    assert opened(made.content).size == (768, 512)


async def test_a_picture_is_restyled_inpainted_and_upscaled(discord: DiscordStandIn) -> None:
    orders: list[tuple[str, Mapping[str, Any], tuple[int, int]]] = [
        ("restyle", {"image": attached(), "prompt": "a harbour", "steps": 2, "megapixels": 0.1}, (376, 280)),
        ("imagine", {"image": attached(), "prompt": "a harbour"}, (1184, 888)),
        (
            "inpaint",
            {"image": attached(), "mask": attached(), "prompt": "a boat", "steps": 2, "megapixels": 0.1},
            (376, 280),
        ),
        ("upscale", {"image": attached(), "shrink": 0.5}, (640, 480)),
    ]
    for name, options, size in orders:
        message = await finished(discord.slash(name, user=ALICE, options=options))
        assert [opened(one.content).size for one in message.attachments] == [size], name


async def test_what_a_server_cannot_animate_is_said_to_the_member_alone(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    # A server that has been queried for a card has said what it has.
    await finished(discord.slash("card", user=ALICE))
    interaction = await answered(discord.slash("animate", user=ALICE, image=attached(), prompt="it waves"))
    assert interaction.message.ephemeral
    assert "Wan22ImageToVideoLatent" in interaction.message.content
    assert len(comfyui.submitted) == 1
