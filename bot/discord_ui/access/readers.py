"""Who can read a channel: only moderators, or others too. Known from what the gateway says about channels and roles."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.discord_ui.bot import Darkroom


async def only_moderators_read(bot: Darkroom, guild_id: int, channel_id: int | None) -> bool:
    """Whether everybody who can read this channel may use `/moderate`. False wherever that isn't certain."""
    guild = bot.get_guild(guild_id)
    channel = None if guild is None or channel_id is None else guild.get_channel_or_thread(channel_id)
    if isinstance(channel, discord.Thread):
        # Anybody can be invited into a private thread. The others can be read by those who can read their channel.
        channel = None if channel.is_private() else channel.parent
    if guild is None or channel is None:
        return False

    said = await bot.command_permissions.says_of_roles("moderate", guild_id, [role.id for role in guild.roles])
    return _moderate(guild, channel, said)


def _moderate(guild: discord.Guild, channel: discord.abc.GuildChannel, said: Mapping[int, bool | None]) -> bool:
    """`said`: which roles the server's admins have given the command to, or taken it from."""
    for role in guild.roles:
        permissions = channel.permissions_for(role)
        given = said.get(role.id)
        moderates = permissions.manage_messages if given is None else given
        # A role that a bot brings along is that bot's alone.
        if permissions.view_channel and not (permissions.administrator or moderates or role.is_bot_managed()):
            return False
    # A member who is let in by name may have any roles, or none.
    trusted = {guild.owner_id, guild.me.id}
    return not any(
        overwrite.view_channel and not isinstance(target, discord.Role) and target.id not in trusted
        for target, overwrite in channel.overwrites.items()
    )
