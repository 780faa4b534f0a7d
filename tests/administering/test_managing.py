"""`/workflow test`, `disable`, `enable`, `remove` and `export` through the whole program."""

import json

import pytest

from tests.administering.conftest import ADMIN, MEMBER, add, json_file, make_live
from tests.comfyui_server.graphs import model_free, txt2img
from tests.commands.packs import INVERT
from tests.discord_server import BotProcess, Channel, DiscordStandIn, File, Guild, User, answered
from tests.looks import says

pytestmark = pytest.mark.usefixtures("bot")


async def told(discord: DiscordStandIn, command: str, user: User, name: str) -> str:
    """A command of `/workflow`, and its private answer."""
    interaction = await answered(discord.slash(f"workflow {command}", user=user, name=name))
    assert interaction.message.ephemeral
    return (await interaction.message.until(lambda message: not message.loading)).content


async def offered(discord: DiscordStandIn, user: User, text: str, channel: Channel | None = None) -> list[str]:
    found = await discord.autocomplete("imagine", option="workflow", value=text, user=user, channel=channel, prompt="x")
    return [choice.name for choice in found]


async def test_a_test_runs_it_with_what_it_holds(discord: DiscordStandIn) -> None:
    for name in ("text_to_image", "no_model"):
        tested = await answered(discord.slash("workflow test", user=ADMIN, name=name))
        done = await tested.message.until(lambda m: "✅" in m.content or "⚠️" in m.content)
        if name == "text_to_image":
            assert done.attachments


async def test_a_picture_is_made_up_where_a_workflow_needs_one(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("invert.json", INVERT))
    # Without a prompt or a command nobody could reach it.
    assert {button.label: button.disabled for button in added.message.buttons}["Make it live"]
    tried = await answered(discord.press(added.message, "Try it", user=ADMIN))
    await tried.message.until(lambda m: "✅" in m.content and bool(m.attachments))


async def test_a_shared_one_can_be_disabled_in_one_server_only(
    discord: DiscordStandIn, neighbour: Guild, bot: BotProcess
) -> None:
    lobby = neighbour.channels[0]
    (shared,) = await offered(discord, MEMBER, "text_to_image")
    assert "is disabled" in await told(discord, "disable", ADMIN, "text_to_image")
    assert await offered(discord, MEMBER, "text_to_image") == []
    assert await offered(discord, MEMBER, "text_to_image", lobby) == [shared]
    await bot.restart()
    assert await offered(discord, MEMBER, "text_to_image") == []
    found = await discord.autocomplete("workflow enable", option="name", value="", user=ADMIN)
    assert [choice.value for choice in found] == ["text_to_image"]
    assert "is enabled" in await told(discord, "enable", ADMIN, "text_to_image")
    assert await offered(discord, MEMBER, "text_to_image") == [shared]


async def test_a_shared_one_cannot_be_removed(discord: DiscordStandIn) -> None:
    assert "can’t be removed" in await told(discord, "remove", ADMIN, "text_to_image")
    found = await discord.autocomplete("workflow remove", option="name", value="", user=ADMIN)
    assert found == []


async def test_of_two_with_one_name_the_own_one_is_removed(discord: DiscordStandIn) -> None:
    await make_live(discord, ADMIN, json_file("text_to_image.json", txt2img()))
    assert "for good?" in await told(discord, "remove", ADMIN, "text_to_image")


async def test_removing_asks_first(discord: DiscordStandIn, bot: BotProcess) -> None:
    await make_live(discord, ADMIN, json_file("foxes.json", txt2img()))
    asked = await answered(discord.slash("workflow remove", user=ADMIN, name="foxes"))
    await (await discord.press(asked.message, "Keep", user=ADMIN)).acknowledged()
    assert await offered(discord, MEMBER, "foxes") == ["Foxes"]
    asked = await answered(discord.slash("workflow remove", user=ADMIN, name="foxes"))
    fallen = User("ada", id=ADMIN.id)
    refused = await answered(discord.press(asked.message, "Remove", user=fallen))
    assert "Manage Server" in refused.message.content
    await (await discord.press(asked.message, "Remove", user=ADMIN)).acknowledged()
    await asked.message.until(says("Removed “Foxes”."))
    assert await offered(discord, MEMBER, "foxes") == []
    await bot.restart()
    assert await offered(discord, MEMBER, "foxes") == []


async def test_a_disabled_own_one_stays_disabled(discord: DiscordStandIn, bot: BotProcess) -> None:
    await make_live(discord, ADMIN, json_file("foxes.json", txt2img()))
    assert "is disabled" in await told(discord, "disable", ADMIN, "foxes")
    await bot.restart()
    assert await offered(discord, MEMBER, "foxes") == []
    assert "is enabled" in await told(discord, "enable", ADMIN, "Foxes")
    assert await offered(discord, MEMBER, "foxes") == ["Foxes"]


async def test_what_is_exported_can_be_added_again(discord: DiscordStandIn) -> None:
    graph = txt2img(prompt_text="a fox")
    await make_live(discord, ADMIN, json_file("foxes.json", graph), name="Red foxes")
    exported = await answered(discord.slash("workflow export", user=ADMIN, name="red_foxes"))
    assert exported.message.ephemeral
    workflow, manifest = exported.message.attachments
    assert (workflow.filename, manifest.filename) == ("red_foxes.json", "red_foxes.toml")
    assert json.loads(workflow.content)["6"]["inputs"]["text"] == "a fox"
    again = await add(
        discord,
        ADMIN,
        File(workflow.filename, workflow.content),
        name="again",
        manifest=File(manifest.filename, manifest.content),
    )
    assert "Red foxes" in again.message.content
    assert "**prompt**: text, required" in again.message.content
    shared = await answered(discord.slash("workflow export", user=ADMIN, name="text_to_image"))
    assert [one.filename for one in shared.message.attachments] == ["text_to_image.json", "text_to_image.toml"]


async def test_a_command_that_is_taken_is_said_so(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("card.json", model_free()))
    pressed = await answered(discord.press(added.message, "Edit", user=ADMIN))
    await (await pressed.submit({"Command (empty: /imagine only)": "cancel"})).acknowledged()
    message = await added.message.until(says("is taken"))
    assert {button.label: button.disabled for button in message.buttons}["Make it live"]


async def test_a_second_one_of_the_same_name_takes_its_place(discord: DiscordStandIn) -> None:
    await make_live(discord, ADMIN, json_file("foxes.json", txt2img()))
    again = await add(discord, ADMIN, json_file("foxes.json", txt2img(prompt_text="a better fox")))
    assert "It replaces the current `foxes`." in again.message.content
    await (await discord.press(again.message, "Make it live", user=ADMIN)).acknowledged()
    await again.message.until(says("is live"))
    exported = await answered(discord.slash("workflow export", user=ADMIN, name="foxes"))
    assert b"a better fox" in exported.message.attachments[0].content
