"""`/moderate audit`, `approvals`, `digest` and `log`: where the moderators hear of things, and what has been."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.moderation.log_pages import show_log
from bot.discord_ui.moderation.rules.channel_options import WritableChannel
from bot.ledger import Act
from bot.messages import Urgency
from bot.moderation.moderator import Moderator, Outcome
from bot.worker import next_digest

log = logging.getLogger(__name__)

_ACTS: Final = {
    "audit_channel": Act.AUDIT,
    "approval_channel": Act.APPROVAL,
    "digest_channel": Act.DIGEST,
}
_TELLS: Final = {
    "audit_channel": "Every act of a moderator and every refusal is told in {channel} from now on.",
    "approval_channel": "What has to be approved is shown in {channel} from now on.",
    "digest_channel": "A digest of each week comes to {channel}.",
}
_SILENT: Final = {
    "audit_channel": "The moderators' log is told in no channel. `/moderate log` shows it.",
    "approval_channel": "There is no channel for approvals: what is kept back waits in `/moderate queue`.",
    "digest_channel": "There is no weekly digest. Name a channel for it, and each Monday one comes.",
}
_NOT_THERE: Final = "I cannot write in <#{channel}>. Let me view it and send messages there, then try again."


def add_log_commands(group: app_commands.Group) -> None:
    """Add the commands to the group."""

    @group.command(name="audit", description="The channel that hears of every moderator's act and every refusal")
    @app_commands.describe(
        channel="Which one; left out: what is set now", off="Tell it nowhere", days="How long the log goes back"
    )
    async def audit(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
        days: app_commands.Range[int, 1, 3650] | None = None,
    ) -> None:
        await carry_out(interaction, partial(_audit, interaction.client, _id(channel), days, off))

    @group.command(name="approvals", description="The channel where you approve what a rule has kept back")
    @app_commands.describe(channel="Which one; left out: what is set now", off="Use none")
    async def approvals(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
    ) -> None:
        await carry_out(interaction, partial(_set_channel, interaction.client, "approval_channel", _id(channel), off))

    @group.command(name="digest", description="A digest of each week: pictures, people, workflows, refusals, waits")
    @app_commands.describe(channel="Which channel gets it; left out: what is set now", off="End it")
    async def digest(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
    ) -> None:
        await carry_out(interaction, partial(_digest, interaction.client, _id(channel), off))

    @group.command(name="log", description="What moderators have done and what was refused, newest first")
    @app_commands.describe(
        act="Only this kind, like blocked", member="Only what concerned this member", moderator="Only what this one did"
    )
    @app_commands.choices(act=[app_commands.Choice(name=act.value, value=act.value) for act in Act])
    async def show(
        interaction: discord.Interaction[Darkroom],
        act: str | None = None,
        member: discord.User | None = None,
        moderator: discord.User | None = None,
    ) -> None:
        await show_log(interaction, None if act is None else Act(act), _id(member), _id(moderator))


def _id(given: Any) -> int | None:  # noqa: ANN401 - a member, a user, a channel
    return None if given is None else int(given.id)


async def _audit(bot: Darkroom, channel_id: int | None, days: int | None, off: bool, moderator: Moderator) -> Outcome:
    if days is not None:
        await moderator.ledger.rules.set_guild(moderator.guild_id, log_days=days)
        moderator.note(Act.AUDIT, detail=f"the log goes back {days} days")
    outcome = await _set_channel(bot, "audit_channel", channel_id, off, moderator)
    kept = (await moderator.ledger.rules.book(moderator.guild_id)).guild.log_days
    return outcome if kept is None else Outcome(f"{outcome.said}\n-# The log goes back {kept} days.")


async def _digest(bot: Darkroom, channel_id: int | None, off: bool, moderator: Moderator) -> Outcome:
    if channel_id is not None:
        # Before the channel: nothing is due that was not asked for.
        await moderator.ledger.rules.set_guild(moderator.guild_id, digest_at=next_digest(time.time()))
    outcome = await _set_channel(bot, "digest_channel", channel_id, off, moderator)
    guild = (await moderator.ledger.rules.book(moderator.guild_id)).guild
    if guild.digest_channel is None or guild.digest_at is None:
        return outcome
    return Outcome(f"{outcome.said}\n-# The next one comes <t:{guild.digest_at:.0f}:F>.")


async def _set_channel(bot: Darkroom, setting: str, channel_id: int | None, off: bool, moderator: Moderator) -> Outcome:
    rules, act = moderator.ledger.rules, _ACTS[setting]
    said = _TELLS[setting]
    if channel_id is not None and not off:
        if not await _can_write(bot, channel_id, said.format(channel="this channel")):
            return Outcome(_NOT_THERE.format(channel=channel_id))
        await rules.set_guild(moderator.guild_id, **{setting: channel_id})
        moderator.note(act, detail=f"in <#{channel_id}>")
    elif off:
        await rules.set_guild(moderator.guild_id, **{setting: None})
        moderator.note(act, detail="nowhere")
    now = getattr((await rules.book(moderator.guild_id)).guild, setting)
    return Outcome(_SILENT[setting] if now is None else said.format(channel=f"<#{now}>"))


async def _can_write(bot: Darkroom, channel_id: int, text: str) -> bool:
    """Find out by writing: what Discord would say of our permissions may be different by the time it matters."""
    try:
        async with bot.channels.sends(channel_id, Urgency.FINISHED) as turn:
            await turn.result_of(bot.get_partial_messageable(channel_id).send(f"-# {text}"))
    except discord.HTTPException as fault:
        log.info("cannot write to channel %d: %s", channel_id, fault)
        return False
    return True
