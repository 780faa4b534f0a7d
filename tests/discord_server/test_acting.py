"""What Discord's client lets people do, and what it does not: without a bot, on commands that the test registers."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.discord_server import Channel, DiscordStandIn, File, Guild, Message, NotOffered, Permission, Role, User

alice, bob = User("alice"), User("bob")
moderators = Role("moderators", Permission.MANAGE_MESSAGES)
mod = User("mod", roles=(moderators,))
admin = User("admin", roles=(Role("admins", Permission.ADMINISTRATOR),))


def option(name: str, kind: int, **more: object) -> dict[str, object]:
    return {"name": name, "description": "-", "type": kind, **more}


COMMANDS: list[dict[str, Any]] = [
    {
        "name": "imagine",
        "description": "-",
        "options": [
            option("prompt", 3, required=True, max_length=10),
            option("seed", 4, min_value=0),
            option("workflow", 3, autocomplete=True),
            option("size", 4, choices=[{"name": "Small", "value": 512}]),
            option("scale", 10),
            option("image", 11),
            option("private", 5),
        ],
    },
    {
        "name": "moderate",
        "description": "-",
        "default_member_permissions": int(Permission.MANAGE_MESSAGES),
        "options": [option("cancel", 2, options=[option("job", 1, options=[option("who", 6)])])],
    },
    {"name": "spicy", "description": "-", "nsfw": True},
    {"name": "guilds-only", "description": "-", "contexts": [0]},
    {"name": "Read it", "type": 3},
]


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    guild = Guild(channels=(Channel("general"), Channel("spicy", nsfw=True)), roles=(moderators,))
    async with DiscordStandIn(guild) as discord:
        await register(discord, COMMANDS)
        yield discord


async def register(discord: DiscordStandIn, commands: list[dict[str, Any]], guild: Guild | None = None) -> None:
    scope = "" if guild is None else f"/guilds/{guild.id}"
    await ask(discord, "PUT", f"/applications/{discord.bot.id}{scope}/commands", commands)


async def ask(discord: DiscordStandIn, method: str, path: str, body: object) -> None:
    environment = discord.environment("client")
    headers = {"Authorization": f"Bot {environment['DISCORD_TOKEN']}"}
    url = f"{environment['DISCORD_STAND_IN']}/api/v10{path}"
    async with aiohttp.request(method, url, json=body, headers=headers) as response:
        assert response.ok, await response.text()


async def bot_says(discord: DiscordStandIn, *components: object) -> Message:
    body = {"content": "x", "allowed_mentions": {"parse": []}, "components": list(components)}
    await ask(discord, "POST", f"/channels/{discord.guild.channels[0].id}/messages", body)
    return discord.messages()[0]


async def test_options_arrive_as_their_types(discord: DiscordStandIn) -> None:
    interaction = await discord.slash(
        "imagine", user=alice, prompt="a cat", seed=7, size=512, scale=2, private=True, image=File("a.png", b"png")
    )
    sent = {one["name"]: (one["type"], one["value"]) for one in interaction.data["options"]}
    (attachment,) = interaction.data["resolved"]["attachments"].values()
    assert sent == {
        "prompt": (3, "a cat"),
        "seed": (4, 7),
        "size": (4, 512),
        "scale": (10, 2),
        "private": (5, True),
        "image": (11, attachment["id"]),
    }
    assert (attachment["filename"], attachment["size"]) == ("a.png", 3)


@pytest.mark.parametrize(
    ("wrong", "options"),
    [
        ("required and not given", {"seed": 7}),
        ("no options", {"prompt": "x", "made_up": 1}),
        ("does not take", {"prompt": 7}),
        ("does not take", {"prompt": "x", "seed": "7"}),
        ("does not take", {"prompt": "x", "seed": True}),
        ("takes", {"prompt": "x", "image": "a.png"}),
        ("outside", {"prompt": "x" * 11}),
        ("outside", {"prompt": "x", "seed": -1}),
        ("beyond 2", {"prompt": "x", "seed": 2**60}),
        ("offers", {"prompt": "x", "size": 513}),
    ],
)
async def test_what_the_client_does_not_send(discord: DiscordStandIn, wrong: str, options: dict[str, Any]) -> None:
    with pytest.raises(NotOffered, match=wrong):
        await discord.slash("imagine", user=alice, options=options)


async def test_a_subcommand_is_reached_by_its_words(discord: DiscordStandIn) -> None:
    interaction = await discord.slash("moderate cancel job", user=mod, who=bob)
    (group,) = interaction.data["options"]
    (sub,) = group["options"]
    assert (group["name"], sub["name"], sub["options"][0]["value"]) == ("cancel", "job", str(bob.id))
    assert str(bob.id) in interaction.data["resolved"]["members"]
    for name in ("moderate", "moderate cancel", "moderate cancel all", "made-up"):
        with pytest.raises(NotOffered):
            await discord.slash(name, user=mod)


async def test_a_command_is_hidden_from_those_without_its_permissions(discord: DiscordStandIn) -> None:
    with pytest.raises(NotOffered, match="MANAGE_MESSAGES"):
        await discord.slash("moderate cancel job", user=alice)
    await discord.slash("moderate cancel job", user=admin)
    discord.reassigned.add("moderate")
    await discord.slash("moderate cancel job", user=alice)


async def test_a_command_is_offered_only_where_it_may_be_used(discord: DiscordStandIn) -> None:
    with pytest.raises(NotOffered, match="age-restricted"):
        await discord.slash("spicy", user=alice)
    await discord.slash("spicy", user=alice, channel=discord.guild.channel("spicy"))
    with pytest.raises(NotOffered, match="contexts"):
        await discord.slash("guilds-only", user=alice, channel=discord.direct(alice))
    discord.delete_channel(discord.guild.channels[0])
    with pytest.raises(NotOffered, match="no channel"):
        await discord.slash("imagine", user=alice, prompt="x")


async def test_a_command_of_a_guild_hides_the_global_one(discord: DiscordStandIn) -> None:
    await register(discord, [{"name": "imagine", "description": "here"}], discord.guild)
    interaction = await discord.slash("imagine", user=alice)
    assert interaction.data["guild_id"] == str(discord.guild.id)


async def test_only_what_has_autocomplete_is_typed_into(discord: DiscordStandIn) -> None:
    with pytest.raises(NotOffered, match="no autocomplete"):
        await discord.autocomplete("imagine", option="prompt", value="x", user=alice)
    discord.set_answer_deadline(0)
    with pytest.raises(TimeoutError, match="AUTOCOMPLETE not answered; gateway sessions of nobody"):
        await discord.autocomplete("imagine", option="workflow", value="x", user=alice)


async def test_only_a_button_that_is_there_and_enabled_is_pressed(discord: DiscordStandIn) -> None:
    message = await bot_says(discord, {"type": 1, "components": [
        {"type": 2, "style": 1, "label": "Go", "custom_id": "go"},
        {"type": 2, "style": 1, "label": "Off", "custom_id": "off", "disabled": True},
        {"type": 2, "style": 5, "label": "Docs", "url": "https://example.org/"},
    ]})  # fmt: skip
    press = await discord.press(message, "Go", user=alice)
    assert (press.data["custom_id"], press.source) == ("go", message)
    for label in ("Off", "Docs", "Made up"):
        with pytest.raises(NotOffered):
            await discord.press(message, label, user=alice)
    discord.delete_message(message)
    with pytest.raises(NotOffered, match="does not see"):
        await discord.press(message, "Go", user=alice)


async def test_a_select_takes_its_options_and_no_others(discord: DiscordStandIn) -> None:
    message = await bot_says(
        discord,
        {"type": 1, "components": [{"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]}]},
        {"type": 1, "components": [{"type": 5, "custom_id": "who", "max_values": 2}]},
    )
    assert (await discord.select(message, "pick", ["A"], user=alice)).data["values"] == ["a"]
    picked = await discord.select(message, "who", [alice, bob], user=alice)
    assert set(picked.data["resolved"]["users"]) == {str(alice.id), str(bob.id)}
    for field, values in (("pick", ["B"]), ("pick", ["A", "A"]), ("made up", ["A"])):
        with pytest.raises(NotOffered):
            await discord.select(message, field, values, user=alice)


async def test_a_condition_is_looked_at_in_every_state(discord: DiscordStandIn) -> None:
    message = await discord.say("one", user=alice)
    with pytest.raises(TimeoutError, match="message after 1 states: 'one'"):
        await message.until(lambda message: message.content == "two", deadline=0)
    with pytest.raises(ZeroDivisionError):
        await message.until(lambda message: len(message.content) / 0 > 1)
