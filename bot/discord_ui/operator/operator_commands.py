"""`/operator`, for the people in `OWNER_IDS`: the servers that the bot is in and what they use, the caps, and leaving.

Discord can offer a command by permission only, not to single people. It is offered to administrators, who read that it
is not theirs; admins of a server where an operator is no administrator can give it to them there.
"""

import discord
from discord import app_commands

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.operator.leaving import ask_to_leave
from bot.discord_ui.operator.operators import operating
from bot.discord_ui.operator.server_list import show_servers, suggest_servers
from bot.moderation.caps import caps_in_words
from bot.translation import N_, _

_NO_CAPS = N_("There are no caps. Set them with {settings} in the bot’s settings.")
_SETTINGS = "`MAX_SIZE`, `MAX_STEPS`, `MAX_IMAGES`, `MAX_FRAMES`, `GUILD_QUEUED`, `GUILD_DISK`"


def operator_commands() -> app_commands.Group:
    """Build `/operator`."""
    group = app_commands.Group(
        name="operator",
        description=N_("See and leave the servers this bot is in (for the people who run it)"),
        default_permissions=discord.Permissions(0),
        guild_only=True,
    )

    @group.command(name="servers", description=N_("List the servers this bot is in and what each one uses"))
    async def servers(interaction: discord.Interaction[Darkroom]) -> None:
        if await operating(interaction):
            await show_servers(interaction)

    @group.command(name="caps", description=N_("Show the caps that no server can raise"))
    async def caps(interaction: discord.Interaction[Darkroom]) -> None:
        if await operating(interaction):
            told = caps_in_words(interaction.client.settings.caps)
            lines = [_("No server can have more than:"), *(f"- {one}" for one in told)]
            await tell(interaction, "\n".join(lines) if told else _(_NO_CAPS).format(settings=_SETTINGS))

    @group.command(name="leave", description=N_("Make the bot leave a server; asks first"))
    @app_commands.describe(server=N_("Server to leave: pick a suggestion or give its id"))
    @app_commands.autocomplete(server=suggest_servers)
    async def leave(interaction: discord.Interaction[Darkroom], server: app_commands.Range[str, 1, 100]) -> None:
        if await operating(interaction):
            await ask_to_leave(interaction, server)

    return group
