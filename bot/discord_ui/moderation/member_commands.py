"""`/moderate block` and `unblock`: who can request images."""

import math
from typing import Final

import discord
from discord import app_commands

from bot.discord_times import shown_time
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.reason_forms import LONGEST_REASON
from bot.ledger import Act, Block, Entry, JobState
from bot.moderation.durations import read_duration
from bot.moderation.moderator import Moderator, Outcome, because
from bot.translation import N_, _, ngettext

_NO_DURATION: Final = N_(
    "I don’t understand that duration. Write it like `30m`, `2h` or `7d`, or leave it empty to block them indefinitely."
)

_BOT: Final = N_("{member} is a bot, and bots can’t request images. Choose a member.")


def add_member_commands(group: app_commands.Group) -> None:
    """Add the commands to the group."""

    @group.command(name="block", description=N_("Block a member and cancel their waiting jobs"))
    @app_commands.describe(
        user=N_("Member to block"),
        duration=N_("How long, like 30m, 2h or 7d (leave empty for no end)"),
        reason=N_("Reason, shown to the member and on every cancelled request"),
    )
    async def block(
        interaction: discord.Interaction[Darkroom],
        user: discord.User,
        duration: app_commands.Range[str, 1, 40] | None = None,
        reason: app_commands.Range[str, 1, LONGEST_REASON] | None = None,
    ) -> None:
        if user.bot:
            await tell(interaction, _(_BOT).format(member=user.mention))
            return
        seconds = None if duration is None else read_duration(duration)
        if duration is not None and seconds is None:
            await tell(interaction, _(_NO_DURATION))
            return
        await carry_out(interaction, lambda moderator: _block(moderator, user.id, seconds, reason))

    @group.command(name="unblock", description=N_("Let a blocked member request images again"))
    @app_commands.describe(user=N_("Member to unblock"))
    async def unblock(interaction: discord.Interaction[Darkroom], user: discord.User) -> None:
        await carry_out(interaction, lambda moderator: _unblock(moderator, user.id))


async def _block(moderator: Moderator, user_id: int, seconds: float | None, reason: str | None) -> Outcome:
    ledger, guild_id = moderator.ledger, moderator.guild_id

    def entry(block: Block) -> Entry:
        return Entry(guild_id, Act.BLOCKED, moderator.user_id, user_id, detail=_how_long(_end(block), reason))

    noted = await moderator.in_guilds_language(entry)
    block = await ledger.rules.block(guild_id, user_id, moderator.user_id, reason, seconds, entry=noted)
    cancelled = await ledger.stop(guild_id, by=moderator.user_id, reason=reason, user_id=user_id, waiting=True)
    end = _end(block)
    blocked = _("⛔ {member} is blocked") if end is None else _("⛔ {member} is blocked until {when}")
    said = because(blocked.format(member=f"<@{user_id}>", when=end), reason)
    if cancelled:
        count = len(cancelled)
        ended = ngettext("{count} waiting job was cancelled.", "{count} waiting jobs were cancelled.", count)
        said += "\n" + ended.format(count=count)
    return Outcome(said, tuple(job for job in cancelled if job.state is JobState.CANCELLED))


def _end(block: Block) -> str | None:
    return None if block.until is None else shown_time(block.until, "f", math.ceil)


def _how_long(end: str | None, reason: str | None) -> str:
    until = _("indefinitely") if end is None else _("until {when}").format(when=end)
    return f"{until} · {reason}" if reason else until


async def _unblock(moderator: Moderator, user_id: int) -> Outcome:
    entry = await moderator.entry(Act.UNBLOCKED, user_id=user_id)
    if not await moderator.ledger.rules.unblock(moderator.guild_id, user_id, entry=entry):
        return Outcome(_("{member} isn’t blocked.").format(member=f"<@{user_id}>"))
    return Outcome(_("✅ {member} can request images again.").format(member=f"<@{user_id}>"))
