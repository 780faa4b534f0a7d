"""What members do with messages, and what they read."""

from tests.discord_server import Channel, DiscordStandIn, Interaction, Message, User, answered
from tests.looks import is_done

SHOW, REUSE, INPUT = "Show recipe", "Reuse recipe", "Use as input"


async def made(discord: DiscordStandIn, user: User, prompt: str, channel: Channel | None = None) -> Message:
    """An image, ordered and done."""
    return await done(await discord.slash("imagine", user=user, prompt=prompt, channel=channel))


async def done(interaction: Interaction) -> Message:
    """The public answer to an order, when it is done."""
    await interaction.acknowledged()
    assert not interaction.message.ephemeral, interaction.message.content
    return await interaction.message.until(is_done)


async def menu(discord: DiscordStandIn, name: str, message: Message, user: User) -> Interaction:
    """A context menu's entry, acknowledged."""
    return await answered(discord.context_menu(name, message, user=user))


async def answer(discord: DiscordStandIn, name: str, message: Message, user: User) -> Message:
    """The answer that only this user sees."""
    interaction = await menu(discord, name, message, user)
    assert interaction.message.ephemeral
    return await interaction.message.until(lambda m: not m.loading)


async def choose(discord: DiscordStandIn, message: Message, option: str, user: User) -> Interaction:
    """Pick an option of the only select of a message."""
    (row,) = message.components
    return await discord.select(message, row["components"][0]["custom_id"], [option], user=user)


def options_of(message: Message) -> list[str]:
    """The labels of the only select of a message."""
    (row,) = message.components
    return [one["label"] for one in row["components"][0]["options"]]
