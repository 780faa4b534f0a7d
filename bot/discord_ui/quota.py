"""`/quota`: what a member may order here, and how much of it he has used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands

from bot.discord_ui.ordering import allowance_of
from bot.discord_ui.replies import tell
from bot.ledger import Allowance, Usage

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

_NO_LIMITS: Final = "There are no limits for you here: order as much as you like."


def quota_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="quota", description="How much you may order here, and what is left of it")
    async def quota(interaction: discord.Interaction[Darkroom]) -> None:
        used = await interaction.client.ledger.usage(interaction.user.id, interaction.guild_id)
        await tell(interaction, quota_text(await allowance_of(interaction), used))

    return quota


def quota_text(allowance: Allowance, used: Usage) -> str:
    """Each limit with what is used of it, and what the member's place in line is worth. Pure."""
    lines = [_waiting(allowance, used), _today(allowance, used)]
    if allowance.queued is None and allowance.daily is None:
        lines.insert(0, _NO_LIMITS)
    lines += [text for text in (_lane(allowance.lane), _weight(allowance.weight)) if text]
    return "\n".join(lines)


def _waiting(allowance: Allowance, used: Usage) -> str:
    if allowance.queued is None:
        return f"🕓 Waiting now: **{used.waiting}**"
    full = " · the next one can be ordered when one of them begins" if used.waiting >= allowance.queued else ""
    return f"🕓 Waiting now: **{used.waiting} of {allowance.queued}**{full}"


def _today(allowance: Allowance, used: Usage) -> str:
    if allowance.daily is None:
        return f"🎨 Pictures in the last 24 hours: **{used.today}**"
    frees = f" · more from <t:{int(used.frees_at) + 1}:R>" if used.frees_at is not None else ""
    return f"🎨 Pictures in the last 24 hours: **{used.today} of {allowance.daily}**{frees}"


def _lane(lane: int) -> str:
    if lane < 0:
        return "⏫ Your orders go before the ordinary line."
    return "⏬ Your orders are made when nobody in the ordinary line is waiting." if lane > 0 else ""


def _weight(weight: float) -> str:
    if weight == 1:
        return ""
    return f"⚖️ When others wait too, your orders come up {weight:g} times as often as usual."
