"""`/moderate block` and `unblock`: who may order, and who may not for a while."""

from __future__ import annotations

import math
from typing import Final

import discord
from discord import app_commands

from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.reason_forms import LONGEST_REASON
from bot.ledger import Act
from bot.moderation.durations import read_duration
from bot.moderation.moderator import Moderator, Outcome, because

_NO_TIME: Final = "I do not understand that time. Write it like `30m`, `2h`, `7d`; left out: until somebody unblocks."


def add_member_commands(group: app_commands.Group) -> None:
    """Add the commands to the group."""

    @group.command(name="block", description="Let a member order nothing; what he has waiting is cancelled")
    @app_commands.describe(
        user="Whom",
        duration="Like 30m, 2h, 7d; left out: until somebody takes it back",
        reason="The member reads it, and everybody under what is cancelled",
    )
    async def block(
        interaction: discord.Interaction[Darkroom],
        user: discord.User,
        duration: app_commands.Range[str, 1, 40] | None = None,
        reason: app_commands.Range[str, 1, LONGEST_REASON] | None = None,
    ) -> None:
        seconds = None if duration is None else read_duration(duration)
        if duration is not None and seconds is None:
            await tell(interaction, _NO_TIME)
            return
        await carry_out(interaction, lambda moderator: _block(moderator, user.id, seconds, reason))

    @group.command(name="unblock", description="Let a blocked member order again")
    @app_commands.describe(user="Whom")
    async def unblock(interaction: discord.Interaction[Darkroom], user: discord.User) -> None:
        await carry_out(interaction, lambda moderator: _unblock(moderator, user.id))


async def _block(moderator: Moderator, user_id: int, seconds: float | None, reason: str | None) -> Outcome:
    ledger, guild_id = moderator.ledger, moderator.guild_id
    block = await ledger.rules.block(guild_id, user_id, moderator.user_id, reason, seconds)
    cancelled = await ledger.stop(guild_id, by=moderator.user_id, reason=reason, user_id=user_id, waiting=True)
    until = "" if block.until is None else f" until <t:{math.ceil(block.until)}:f>"
    moderator.note(Act.BLOCKED, user_id=user_id, detail=f"{until.strip() or 'without an end'}{because(reason)}")
    what = {0: "", 1: "\n1 waiting picture is cancelled."}.get(
        len(cancelled), f"\n{len(cancelled)} waiting pictures are cancelled."
    )
    return Outcome(f"⛔ <@{user_id}> is blocked{until}{because(reason)}{what}", cancelled)


async def _unblock(moderator: Moderator, user_id: int) -> Outcome:
    if not await moderator.ledger.rules.unblock(moderator.guild_id, user_id):
        return Outcome(f"<@{user_id}> is not blocked.")
    moderator.note(Act.UNBLOCKED, user_id=user_id)
    return Outcome(f"✅ <@{user_id}> may order again.")
