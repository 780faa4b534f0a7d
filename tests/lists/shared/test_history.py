"""`/history`: my own images in this place, and each of them once more."""

from collections.abc import Sequence

import pytest

from tests.discord_server import (
    EVERYONE,
    BotProcess,
    Channel,
    DiscordStandIn,
    Guild,
    Interaction,
    Message,
    NotOffered,
    Permission,
    User,
)
from tests.lists.asking import made

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("lists")]
BRING = "Bring one back"


async def opened(discord: DiscordStandIn, user: User, channel: Channel | None = None) -> Message:
    interaction = await discord.slash("history", user=user, channel=channel)
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    return interaction.message


async def brought_back(discord: DiscordStandIn, page: Message, user: User, label: str) -> Interaction:
    interaction = await discord.select(page, BRING, [label], user=user)
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    await interaction.message.until(lambda m: not m.loading)
    return interaction


async def test_nobody_has_pictures_at_first(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    page = await opened(discord, alice)
    assert "no images here yet" in page.content
    assert not page.components


async def test_pages_show_the_newest_first_and_turn(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    for number in range(7):
        await made(discord, alice, f"cat {number}")
    page = await opened(discord, alice)
    assert prompts(page) == [f"cat {number}" for number in (6, 5, 4, 3, 2)]
    assert "Painting" in page.content
    assert "seed" in page.content
    await (await discord.press(page, "Older ▶", user=alice)).acknowledged()
    assert prompts(page) == ["cat 1", "cat 0"]
    with pytest.raises(NotOffered):
        await discord.press(page, "Older ▶", user=alice)
    await (await discord.press(page, "◀ Newer", user=alice)).acknowledged()
    assert prompts(page)[0] == "cat 6"


def prompts(page: Message) -> Sequence[str]:
    return [line.removeprefix("> ") for line in page.content.splitlines() if line.startswith("> ")]


async def test_a_picture_comes_back_as_it_was_with_the_way_to_its_message(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    original = await made(discord, alice, "a cat")
    back = (await brought_back(discord, await opened(discord, alice), alice, "a cat")).message
    assert [one.content for one in back.attachments] == [one.content for one in original.attachments]
    assert [one.description for one in back.attachments] == ["AI-generated image: a cat"]
    assert f"/channels/{discord.guild.id}/{original.channel.id}/{original.id}" in back.content
    assert "a cat" in back.content
    assert "Seed" in back.content


async def test_in_a_direct_message_too(discord: DiscordStandIn, bot: BotProcess, alice: User, bob: User) -> None:
    original = await made(discord, alice, "a cat", discord.direct(alice))
    await made(discord, alice, "a dog")
    await made(discord, bob, "a cow", discord.direct(bob))
    page = await opened(discord, alice, discord.direct(alice))
    assert prompts(page) == ["a cat"]
    back = (await brought_back(discord, page, alice, "a cat")).message
    assert len(back.attachments) == len(original.attachments)


async def test_what_is_out_of_reach_is_told_with_its_recipe(
    discord: DiscordStandIn, bot: BotProcess, alice: User
) -> None:
    attic = discord.guild.channel("attic")
    original = await made(discord, alice, "a cat", attic)
    page = await opened(discord, alice)

    async def told(words: str) -> None:
        back = (await brought_back(discord, page, alice, "a cat")).message
        assert not back.attachments
        assert words in back.content
        assert "```\na cat\n```" in back.content

    discord.fail_next("GET", "/attachments/*", 404)
    await told("I couldn’t bring back every file")
    discord.fail_next("GET", "/channels/*/messages/*", 403)
    await told("Here is the recipe")
    discord.set_bot_permissions(attic, Permission(0))
    await told("Here is the recipe")
    discord.set_bot_permissions(attic, EVERYONE)
    discord.delete_message(original)
    await told("Here is the recipe")
    discord.delete_channel(attic)
    await told("Here is the recipe")


async def test_a_page_is_one_members_in_one_guild(
    discord: DiscordStandIn, bot: BotProcess, guilds: tuple[Guild, Guild], alice: User, bob: User
) -> None:
    lobby = guilds[1].channels[0]
    await made(discord, alice, "a secret")
    await made(discord, bob, "a dog", lobby)
    await made(discord, bob, "a cow")
    page, elsewhere = await opened(discord, bob), await opened(discord, bob, lobby)
    assert prompts(page) == ["a cow"]
    assert prompts(elsewhere) == ["a dog"]
