"""Images that other bots show inside embeds and components: the context menus find them there as well."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.discord_server import BotProcess, DiscordStandIn, User
from tests.lists.asking import INPUT, REUSE, SHOW, answer, choose, done, menu, options_of
from tests.lists.pictures import from_comfyui, graph
from tests.people import ALICE

ROBOT: Final = User("robot")
MEDIA: Final = {"media": {"url": "attachment://made.png"}}
GALLERY: Final = {"type": 12, "items": [MEDIA]}
SHOWN: Final[Mapping[str, Mapping[str, Any]]] = {
    "embed": {"embeds": [{"title": "Done!", "image": {"url": "attachment://made.png"}}]},
    "link to an image": {"embeds": [{"type": "image", "thumbnail": {"url": "attachment://made.png"}}]},
    "gallery": {"components": [GALLERY], "flags": 1 << 15},
    "gallery in a container": {"components": [{"type": 17, "components": [GALLERY]}], "flags": 1 << 15},
    "file": {"components": [{"type": 13, "file": {"url": "attachment://made.png"}}], "flags": 1 << 15},
    "thumbnail": {
        "components": [
            {"type": 9, "components": [{"type": 10, "content": "Done!"}], "accessory": {"type": 11, **MEDIA}}
        ],
        "flags": 1 << 15,
    },
}


@pytest.mark.parametrize("way", SHOWN)
async def test_its_recipe_is_shown_and_reused_and_it_becomes_an_input(
    discord: DiscordStandIn, bot: BotProcess, way: str
) -> None:
    made = from_comfyui(graph("a lighthouse", 5), "made.png")
    message = await discord.say("", user=ROBOT, files=[made], more=SHOWN[way])
    assert "a lighthouse" in (await answer(discord, SHOW, message, ALICE)).content
    assert (await menu(discord, REUSE, message, ALICE)).modal.fields["Prompt"]["value"] == "a lighthouse"
    chosen = await menu(discord, INPUT, message, ALICE)
    result = await done(await choose(discord, chosen.message, "Negative", ALICE))
    assert result.attachments


async def test_of_several_each_has_its_name(discord: DiscordStandIn, bot: BotProcess) -> None:
    files = [from_comfyui(graph(), name) for name in ("first.png", "second.png")]
    embeds = [{"image": {"url": f"attachment://{file.name}"}} for file in files]
    message = await discord.say("", user=ROBOT, files=files, more={"embeds": embeds})
    chosen = await menu(discord, INPUT, message, ALICE)
    assert options_of(chosen.message) == ["1. first.png", "2. second.png"]


async def test_what_is_attached_comes_alone(discord: DiscordStandIn, bot: BotProcess) -> None:
    preview = {"embeds": [{"type": "article", "thumbnail": {"url": "https://a.example/logo.png"}}]}
    message = await discord.say("", user=ROBOT, files=[from_comfyui(graph("a lighthouse"))], more=preview)
    assert "a lighthouse" in (await answer(discord, SHOW, message, ALICE)).content
    assert "Negative" in options_of((await menu(discord, INPUT, message, ALICE)).message)


async def test_no_address_that_a_member_wrote_is_fetched(discord: DiscordStandIn, bot: BotProcess) -> None:
    # What Discord has not copied yet has no other address than the one of its sender.
    waiting = {"media": {"url": "http://127.0.0.1:1/secret.png", "loading_state": 1}}
    more = {"components": [{"type": 12, "items": [waiting]}], "flags": 1 << 15}
    message = await discord.say("", user=ROBOT, more=more)
    assert "has no image attached" in (await answer(discord, SHOW, message, ALICE)).content
