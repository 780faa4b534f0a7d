"""Where the bot takes requests: in servers that have added it and, if the operator wishes, in direct messages with it.

Discord does not offer commands anywhere else. But old clients, buttons under old messages, and installations for a
user's own account can still send interactions from there, and those must not get around the rules of a server.
"""

from typing import Any, Final

import discord

from bot.translation import N_, _

_NO_DIRECT_MESSAGES: Final = N_(
    "I don’t take requests in direct messages. Use me in a server that I’m in. What you already requested here still "
    "arrives, and **Cancel**, **Delete** and `/privacy` still work."
)
_NOT_ADDED: Final = N_("I only work in servers that have added me. Use me in one of those.")


def why_not_here(interaction: discord.Interaction[Any], *, direct_messages: bool) -> str | None:
    """Why the bot takes no requests where this interaction comes from; None if it does. Pure."""
    if interaction.guild_id is not None:
        return None if _in_server(interaction, interaction.guild_id) else _(_NOT_ADDED)
    # Discord calls group chats and direct messages between two members private channels. The bot is in neither.
    if interaction.context.private_channel:
        return _(_NOT_ADDED)
    return None if direct_messages else _(_NO_DIRECT_MESSAGES)


def no_direct_messages() -> str:
    """What a member reads who requests something for direct messages in another way than by an interaction."""
    return _(_NO_DIRECT_MESSAGES)


def _in_server(interaction: discord.Interaction[Any], guild_id: int) -> bool:
    """Whether the server has added the bot, as Discord says in the interaction or as this process knows."""
    return interaction.is_guild_integration() or interaction.client.get_guild(guild_id) is not None
