"""Asks Discord whether a member may still use the bot in a channel.

An interaction carries all this. A request from the page has none, and the member may have left meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import aiohttp
import discord

from bot.discord_ui.access.requester import Answers, Requester
from bot.discord_ui.bot import Darkroom
from bot.ledger import Link
from bot.paint_page import Refusal
from bot.translation import N_, _

log = logging.getLogger(__name__)

_SECONDS: Final = 15.0
_NO_SERVER: Final = N_("I’m not in that server any more, so I can’t send anything there.")
_NO_MEMBER: Final = N_("You’re not in that server any more, so you can’t request images there.")
_NO_CHANNEL: Final = N_("That channel is gone. Start again from the image, in another channel.")
_NO_ACCESS: Final = N_("You can’t use me in that channel any more. Ask a moderator of the server.")
_AWAY: Final = N_("I can’t reach Discord right now. Wait a moment, then press **Send** again.")


async def requester_now(bot: Darkroom, link: Link, answers: Answers) -> Requester | Refusal:
    """The member behind a link as a requester, or why they may not request anything there now."""
    try:
        async with asyncio.timeout(_SECONDS):
            if link.guild_id is None:
                return _requester(bot, link, answers, await bot.fetch_user(link.user_id), (link.channel_id,))
            return await _in_guild(bot, link, link.guild_id, answers)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        log.warning("could not ask Discord about the member of a link: %s", str(fault) or type(fault).__name__)
        return Refusal(503, _(_AWAY))


async def _in_guild(bot: Darkroom, link: Link, guild_id: int, answers: Answers) -> Requester | Refusal:
    try:
        # The guild may belong to another process's shards.
        guild = bot.get_guild(guild_id) or await bot.fetch_guild(guild_id)
    except (discord.NotFound, discord.Forbidden):
        return Refusal(403, _(_NO_SERVER))
    try:
        member = await guild.fetch_member(link.user_id)
    except discord.NotFound:
        return Refusal(403, _(_NO_MEMBER))
    except discord.Forbidden:
        return Refusal(403, _(_NO_SERVER))
    try:
        channel = guild.get_channel_or_thread(link.channel_id) or await guild.fetch_channel(link.channel_id)
        holder: discord.abc.GuildChannel | discord.Thread | None = channel
        if isinstance(channel, discord.Thread):
            holder = channel.parent or await guild.fetch_channel(channel.parent_id)
    except discord.NotFound:
        return Refusal(403, _(_NO_CHANNEL))
    except discord.Forbidden:
        # The bot cannot see the channel, but answers there: what Discord checks for a command can't be checked here.
        return Refusal(403, _(_NO_ACCESS))
    if not isinstance(holder, discord.abc.GuildChannel) or not await _admits(channel, holder, member):
        return Refusal(403, _(_NO_ACCESS))
    ids = (channel.id, *((holder.id,) if holder is not channel else ()), holder.category_id)
    is_nsfw = getattr(holder, "is_nsfw", None)
    return _requester(
        bot,
        link,
        answers,
        member,
        tuple(one for one in ids if one is not None),
        age_restricted=is_nsfw is not None and bool(is_nsfw()),
    )


async def _admits(
    channel: discord.abc.GuildChannel | discord.Thread, holder: discord.abc.GuildChannel, member: discord.Member
) -> bool:
    """Whether the member sees the channel and may use apps in it. Somebody in a timeout may not."""
    allowed = holder.permissions_for(member)
    if not (allowed.view_channel and allowed.use_application_commands) or member.is_timed_out():
        return False
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        try:
            await channel.fetch_member(member.id)
        except discord.NotFound:
            return False
    return True


def _requester(
    bot: Darkroom,
    link: Link,
    answers: Answers,
    user: discord.User | discord.Member,
    channel_ids: tuple[int, ...],
    *,
    age_restricted: bool = False,
) -> Requester:
    return Requester(
        client=bot,
        answers=answers,
        user=user,
        guild_id=link.guild_id,
        channel_id=link.channel_id,
        channel_ids=channel_ids,
        age_restricted=age_restricted,
        channel_visible=link.channel_visible,
        application_id=link.application_id,
        token=link.token,
        filesize_limit=link.upload_limit,
        pressed_at=link.created_at,
        link_id=link.id,
    )
